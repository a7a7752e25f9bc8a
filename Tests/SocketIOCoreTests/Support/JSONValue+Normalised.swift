// Licensed under the MIT licence.

import NIOCore
import WireJSON

extension JSONValue {
    /// The same value as the MessagePack transcoder would write it: no white space, escapes only where they must be, whole
    /// numbers of up to 64 bits as they are and all others as the shortest text of their double.
    var normalised: String {
        switch self.kind {
        case .null, .bool: return String(buffer: self.bytes)
        case .number:
            let text = String(buffer: self.bytes)
            if text == "-0" { return "0" }
            if Int64(text) != nil || UInt64(text) != nil { return text }
            return Double(text).flatMap { $0.isFinite ? $0.description : nil } ?? "null"
        case .string:
            var buffer = ByteBuffer()
            buffer.writeJSONString(self.stringValue ?? "")
            return String(buffer: buffer)
        case .array:
            return "[" + self.elements.map { $0.normalised }.joined(separator: ",") + "]"
        case .object:
            return "{" + self.members.map { $0.key.normalised + ":" + $0.value.normalised }.joined(separator: ",") + "}"
        }
    }
}
