// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// Where name and arguments stand in the bytes of an event's payload, `["name",1,2]`.
///
/// Only the name is looked at; what comes after it is not walked.
struct EventLayout {
    enum Name {
        /// Without its quotes, nothing in it escaped.
        case plain(Range<Int>)
        /// A string in which something is escaped.
        case escaped
        /// A number: JavaScript, and with it the reference, allows them as event names, and means their text.
        case number(Range<Int>)
    }

    var name: Name
    /// From behind the comma after the name to before the closing bracket.
    var arguments: Range<Int>

    /// Finds the parts; `nil` if the array is empty or begins with neither a string nor a number.
    ///
    /// - Parameter bytes: A valid JSON array and nothing around it.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let start = bytes.skippingWhiteSpace(from: 1)
        guard start < bytes.count else { return nil }
        var end = start + 1
        switch bytes[start] {
        case UInt8(ascii: "\""):
            var escaped = false
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                let isEscape = bytes[end] == UInt8(ascii: "\\")
                escaped = escaped || isEscape
                end += isEscape ? 2 : 1
            }
            guard end < bytes.count else { return nil }
            self.name = escaped ? .escaped : .plain(start + 1..<end)
            end += 1
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            while end < bytes.count, !bytes.isEndOfNumber(at: end) { end += 1 }
            self.name = .number(start..<end)
        default:
            return nil
        }
        end = bytes.skippingWhiteSpace(from: end)
        if end < bytes.count, bytes[end] == UInt8(ascii: ",") { end = bytes.skippingWhiteSpace(from: end + 1) }
        let last = max(bytes.count - 1, 0)
        self.arguments = min(end, last)..<last
    }

    /// Refuses events, given by their payload, an array, whose name is missing, too long or reserved.
    static func checkName(of payload: JSONValue, limits: SocketIOLimits) throws(PacketError) {
        let needsDecoding = try payload.bytes.withUnsafeReadableBytes { bytes throws(PacketError) -> Bool in
            guard let layout = EventLayout(bytes) else { throw .invalidEventName }
            switch layout.name {
            case .plain(let range):
                guard range.count <= limits.maximumEventNameBytes else { throw .eventNameTooLong }
                let name = UnsafeRawBufferPointer(rebasing: bytes[range])
                guard !ReservedEventNames.contains(name) else { throw .reservedEventName }
                return false
            case .number(let range):
                guard range.count <= limits.maximumEventNameBytes else { throw .eventNameTooLong }
                return false
            case .escaped:
                return true
            }
        }
        guard needsDecoding else { return }
        var elements = payload.elements.makeIterator()
        guard let name = elements.next(), let count = name.stringUTF8Count else { throw .invalidEventName }
        guard count <= limits.maximumEventNameBytes else { throw .eventNameTooLong }
        guard var decoded = name.stringValue else { throw .invalidEventName }
        let isReserved = decoded.withUTF8 { ReservedEventNames.contains(UnsafeRawBufferPointer($0)) }
        guard !isReserved else { throw .reservedEventName }
    }
}
