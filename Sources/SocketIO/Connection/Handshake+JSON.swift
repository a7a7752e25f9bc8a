// Licensed under the MIT licence.

import EngineIOCore
import Foundation
import WireJSON

extension Handshake {
    /// The handshake with the members that it has in the reference server (`buildHandshake` of socket.io 4.8, `socket.ts`); the
    /// time is written as RFC 3339 does.
    var json: JSONValue {
        let connection = self.connection
        let seconds = Double(connection.issuedMilliseconds / 1_000)
        var headers: [(name: String, value: JSONValue)] = []
        for field in connection.headers { headers.append((name: field.name.lowercased(), value: .string(field.value))) }
        return .object([
            (name: "headers", value: .object(headers)),
            (name: "address", value: .string(connection.address)),
            (name: "time", value: .string(Date(timeIntervalSince1970: seconds).ISO8601Format())),
            (name: "issued", value: .number(connection.issuedMilliseconds)),
            (name: "xdomain", value: .bool(connection.headers["origin"] != nil)),
            (name: "secure", value: .bool(connection.isSecure)),
            (name: "url", value: .string(connection.target)),
            (name: "query", value: .object(connection.query.map { (name: $0.name, value: .string($0.value)) })),
            (name: "auth", value: self.auth),
        ])
    }
}
