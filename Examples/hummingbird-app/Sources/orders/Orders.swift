// Licensed under the MIT licence.

import Hummingbird

/// The state of an order.
struct Order: ResponseCodable, Sendable {
    var id: Int
    var status: String
}

/// What a request to change an order says.
struct StatusChange: Decodable, Sendable {
    var status: String
}

/// All orders. Stands for the database that the application had before it learned Socket.IO.
actor Orders {
    /// Enough for an example; a place for everything that anybody puts here would be an invitation.
    private static let capacity = 10_000
    private var statuses: [Int: String] = [:]

    func order(_ id: Int) -> Order? {
        self.statuses[id].map { Order(id: id, status: $0) }
    }

    func set(_ id: Int, _ status: String) throws -> Order {
        guard self.statuses[id] != nil || self.statuses.count < Self.capacity else {
            throw HTTPError(.serviceUnavailable)
        }
        self.statuses[id] = status
        return Order(id: id, status: status)
    }
}
