// Licensed under the MIT licence.

import EngineIOCore
import NIOHTTP1

extension HTTPHeaders {
    /// Adds what a hook of the application gave, as ``EngineHeaderHook`` says.
    mutating func addApplicationFields(_ fields: [(name: String, value: String)]) {
        for (name, value) in fields {
            let lowercased = name.lowercased()
            guard Self.isAllowed(lowercased), value.utf8.allSatisfy(\.isFieldByte) else { continue }
            switch lowercased {
            case "set-cookie", "vary", "link": self.add(name: lowercased, value: value)
            default: self.replaceOrAdd(name: lowercased, value: value)
            }
        }
    }

    private static func isAllowed(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte), !name.hasPrefix("sec-websocket-") else {
            return false
        }
        switch name {
        case "connection", "content-encoding", "content-length", "content-type", "transfer-encoding", "upgrade":
            return false
        default:
            return true
        }
    }
}

extension UInt8 {
    /// Whether a byte may stand in a field's value (RFC 9110 §5.5).
    fileprivate var isFieldByte: Bool { self >= 0x20 && self != 0x7f || self == 0x09 }
}
