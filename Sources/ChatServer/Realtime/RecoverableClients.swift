// Licensed under the MIT licence.

import EngineIOCore
import WireJSON

/// Which clients can come back as the socket that they were (`RECOVERY`).
///
/// A client that can gets one more argument with each event, the offset. The official JavaScript client hides it from nobody, but its
/// listeners take what they name and leave the rest; in languages where a function's arguments are counted (Python, Dart) a listener of
/// one argument fails. No client says whether it knows of recovery, so that only those are taken for able that are known to be.
enum RecoverableClients: String, CaseIterable, Sendable {
    /// The official JavaScript client, in a browser or in Node.js, and whoever asks.
    case auto
    /// All clients of Engine.IO 4.
    case on
    /// None.
    case off

    /// Whether a client takes part.
    ///
    /// What it asks for counts most: `recovery` in the `auth` object of its CONNECT packet or in the query, `true` or `1`, `false` or
    /// `0`. Otherwise `User-Agent` tells the official client: a browser's, or the `node-XMLHttpRequest` of its polling in Node.js.
    func include(_ connection: EngineHandshake, _ auth: JSONValue) -> Bool {
        guard self != .off else { return false }
        if let wish = Self.wish(connection, auth) { return wish }
        guard self == .auto else { return true }
        let agent = connection.headers["user-agent"] ?? ""
        return agent.hasPrefix("Mozilla/") || agent.hasPrefix("node-XMLHttpRequest")
    }

    private static func wish(_ connection: EngineHandshake, _ auth: JSONValue) -> Bool? {
        if let value = auth.member("recovery") {
            return value.boolValue ?? value.stringValue.flatMap(Self.truth) ?? value.intValue.map { $0 != 0 }
        }
        return connection.query.last { $0.name == "recovery" }.flatMap { Self.truth($0.value) }
    }

    private static func truth(_ text: String) -> Bool? {
        switch text {
        case "1", "true": true
        case "0", "false": false
        default: nil
        }
    }
}
