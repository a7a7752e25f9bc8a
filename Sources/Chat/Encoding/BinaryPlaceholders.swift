// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// The objects that stand for binary attachments in JSON: `{"_placeholder":true,"num":0}` (Socket.IO protocol v5,
/// "Sample encoder").
enum BinaryPlaceholders {
    /// Whether members of a message without attachments look as if they had placeholders.
    ///
    /// That is the sender's own business as long as no attachments go with them: a client would take these for what is meant.
    static func areImitated(in members: ByteBuffer) -> Bool {
        self.object(members).map(self.isOrHoldsPlaceholder) ?? false
    }

    /// Recursive, but no deeper than the validation allowed.
    private static func isOrHoldsPlaceholder(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null, .bool, .number, .string: false
        case .array: value.elements.contains(where: self.isOrHoldsPlaceholder)
        case .object:
            value.members.contains { member in
                member.isNamed("_placeholder") && member.value.boolValue == true
                    || self.isOrHoldsPlaceholder(member.value)
            }
        }
    }

    /// Members with braces around them.
    private static func object(_ members: ByteBuffer) -> JSONValue? {
        var object = ByteBufferAllocator().buffer(capacity: members.readableBytes + 2)
        object.writeStaticString("{")
        object.writeImmutableBuffer(members)
        object.writeStaticString("}")
        // The payload may be as deep as any event; the braces add one level.
        return try? JSONValue(validating: object, maximumDepth: JSONValue.defaultMaximumDepth + 1)
    }

    /// A message body's members with `offset` added to the number of each placeholder; all else stays byte for byte.
    static func renumbered(_ members: ByteBuffer, by offset: Int) -> ByteBuffer {
        guard let value = self.object(members) else {
            // Only bytes that were valid are ever kept, so that this is a store's mistake; its reader can live with it.
            return members
        }
        var result = ByteBufferAllocator().buffer(capacity: members.readableBytes + 16)
        self.write(membersOf: value, adding: offset, to: &result)
        return result
    }

    /// Recursive, but no deeper than the validation above allowed.
    private static func write(_ value: JSONValue, adding offset: Int, to buffer: inout ByteBuffer) {
        switch value.kind {
        case .null, .bool, .number, .string:
            buffer.writeJSON(value)
        case .array:
            buffer.writeStaticString("[")
            for (index, element) in value.elements.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                self.write(element, adding: offset, to: &buffer)
            }
            buffer.writeStaticString("]")
        case .object:
            buffer.writeStaticString("{")
            self.write(membersOf: value, adding: offset, to: &buffer)
            buffer.writeStaticString("}")
        }
    }

    private static func write(membersOf object: JSONValue, adding offset: Int, to buffer: inout ByteBuffer) {
        let isPlaceholder = object.member("_placeholder")?.boolValue == true
        for (index, member) in object.members.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSON(member.key)
            buffer.writeStaticString(":")
            if isPlaceholder, member.isNamed("num"), let number = member.value.intValue,
                case (let sum, false) = number.addingReportingOverflow(offset)
            {
                buffer.writeDecimal(sum)
            } else {
                self.write(member.value, adding: offset, to: &buffer)
            }
        }
    }
}
