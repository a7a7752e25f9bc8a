// Licensed under the MIT licence.

import HTTPTypes

/// What a client says of the trace that its request belongs to (W3C Trace Context, "traceparent Header").
///
/// For the log alone: a tracer reads the field itself.
struct TraceParent: Equatable, Sendable {
    /// 32 hexadecimal digits.
    let traceID: String
    /// 16 hexadecimal digits: the client's own span.
    let parentID: String

    /// Reads `00-<trace id>-<parent id>-<flags>`; nothing if it is malformed, or of a version that breaks with that.
    init?(_ headers: HTTPFields) {
        guard let text = headers[.traceparent], text.utf8.count <= 128 else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "00" ? parts.count == 4 : parts[0] != "ff",
            Self.isHexadecimal(parts[0], 2), Self.isHexadecimal(parts[1], 32), Self.isHexadecimal(parts[2], 16),
            Self.isHexadecimal(parts[3], 2), parts[1].contains(where: { $0 != "0" }),
            parts[2].contains(where: { $0 != "0" })
        else { return nil }
        self.traceID = String(parts[1])
        self.parentID = String(parts[2])
    }

    private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }
}
