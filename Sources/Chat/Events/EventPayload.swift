// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// The one JSON object that an event carries, and the rules by which its fields are read.
///
/// Fields that nobody asks for are ignored; of duplicates the last counts; `null` counts as absent.
struct EventPayload {
    private let object: JSONValue

    /// The event's first argument; nil if it had none.
    ///
    /// - Throws: `INVALID_PAYLOAD` unless it is an object.
    init(_ value: JSONValue?) throws(ChatError) {
        guard let value, value.kind == .object else { throw .notAnObject }
        self.object = value
    }

    func field(_ name: String) -> JSONValue? {
        guard let value = self.object.member(name), value.kind != .null else { return nil }
        return value
    }

    func roomID() throws(ChatError) -> RoomID { try Self.roomID(self.field("room_id")) }

    /// An id of a user; `missing` if there is none at all.
    func userID(_ name: String, missing: ChatError) throws(ChatError) -> UserID {
        guard let value = self.field(name), value.kind == .string else { throw missing }
        guard let text = value.text(maximumBytes: IdentifierRule.maximumBytes) else {
            throw .tooLong(name, maximumBytes: IdentifierRule.maximumBytes)
        }
        do {
            return try UserID(text)
        } catch .empty {
            throw missing
        } catch {
            throw .tooLong(name, maximumBytes: IdentifierRule.maximumBytes)
        }
    }

    /// A user's name; nil if absent or empty, for which the contract has a default.
    func username(maximumBytes: Int) throws(ChatError) -> ExactText? {
        guard let value = self.field("username") else { return nil }
        guard value.kind == .string else { throw .wrongType("username", "a string") }
        guard let text = value.text(maximumBytes: maximumBytes) else {
            throw .tooLong("username", maximumBytes: maximumBytes)
        }
        do {
            return try IdentifierRule.check(text, maximumBytes: maximumBytes)
        } catch .empty {
            return nil
        } catch {
            throw .tooLong("username", maximumBytes: maximumBytes)
        }
    }

    /// An integer from zero up, or nil if absent.
    func count(_ name: String) throws(ChatError) -> Int? {
        guard let value = self.field(name) else { return nil }
        guard let number = value.intValue, number >= 0 else { throw .wrongType(name, "an integer from 0 up") }
        return number
    }

    /// A room; if it is `recent`, then a copy of that, which takes no new string and no hash.
    static func roomID(_ value: JSONValue?, recent: RoomID? = nil) throws(ChatError) -> RoomID {
        guard let value else { throw .missingRoomID }
        if let recent, value.isString(recent.string) { return recent }
        guard
            let text = value.text(maximumBytes: IdentifierRule.maximumBytes),
            let room = try? RoomID(text)
        else { throw .invalidRoomID }
        return room
    }
}

extension JSONValue {
    /// The decoded text of a string of at most so many bytes; nil if it is longer or no string.
    ///
    /// No text is built from a value that is certainly too long: an escape takes at most six times the byte it stands for.
    func text(maximumBytes: Int) -> String? {
        guard
            self.bytes.readableBytes <= 6 * maximumBytes + 2,
            let text = self.stringValue,
            text.utf8.count <= maximumBytes
        else { return nil }
        return text
    }

    /// Whether this is a string of at most so many bytes once decoded.
    func isString(maximumBytes: Int) -> Bool {
        guard self.kind == .string else { return false }
        // Escapes only ever make the raw form longer.
        if self.bytes.readableBytes <= maximumBytes + 2 { return true }
        return self.stringUTF8Count ?? .max <= maximumBytes
    }
}
