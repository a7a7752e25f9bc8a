// Licensed under the MIT licence.

import NIOCore
import SocketIOTesting
import WireJSON

/// An admin's end of a session in the admin namespace.
final class AdminClient {
    /// An event that the admin was sent; the JSON of its arguments.
    struct Told: Equatable, CustomStringConvertible {
        var name: String
        var arguments: [String]

        var description: String { "\(self.name)(\(self.arguments.joined(separator: ", ")))" }

        /// An argument as a value.
        func value(_ index: Int = 0) throws -> JSONValue {
            try JSONValue(validating: ByteBuffer(string: self.arguments[index]))
        }
    }

    let client: TestClient
    private let loop: TestLoop
    private let namespace: String

    init(_ client: TestClient, _ loop: TestLoop, _ namespace: String) {
        self.client = client
        self.loop = loop
        self.namespace = namespace
    }

    /// Sends an event; its arguments as JSON joined by commas.
    func send(_ event: String, _ arguments: String) {
        self.client.send("2\(self.namespace),[\"\(event)\"\(arguments.isEmpty ? "" : ",")\(arguments)]")
    }

    /// What was sent to the admin and not taken yet, statistics left out unless asked for.
    func take(withStatistics: Bool = false) -> [Told] {
        self.loop.run()
        return self.client.take().compactMap { self.told($0) }.filter { withStatistics || $0.name != "server_stats" }
    }

    /// Waits for an event, and takes all that came up to then, and a little more.
    func take(through name: String, withStatistics: Bool = false) async -> [Told] {
        await self.loop.run {
            self.client.closeReason != nil
                || self.client.unseen.contains { message in
                    if case .text(let text) = message { self.told(text)?.name == name } else { false }
                }
        }
        return self.take(withStatistics: withStatistics || name == "server_stats")
    }

    /// The first packet: `0/admin,{"sid":…}` or `4/admin,{"message":…}`.
    func answer() async -> String {
        await self.loop.run { !self.client.unseen.isEmpty }
        guard case .text(let text)? = self.client.unseen.first else { return "" }
        return text
    }

    private func told(_ text: String) -> Told? {
        // A binary event has the number of its attachments in front of the namespace.
        guard text.hasPrefix("2") || text.hasPrefix("5"), let start = text.firstIndex(of: "[") else { return nil }
        guard let json = try? JSONValue(validating: ByteBuffer(string: String(text[start...]))) else { return nil }
        let elements = Array(json.elements)
        guard let name = elements.first?.stringValue else { return nil }
        return Told(name: name, arguments: elements.dropFirst().map { String(buffer: $0.bytes) })
    }
}
