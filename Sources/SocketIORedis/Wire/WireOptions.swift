// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import WireJSON

/// The options of a broadcast, as other servers and emitters write them: `{rooms, except, flags}`.
///
/// Anything may be missing or of a kind that means nothing, such as the empty array that PHP has for an empty map. Rooms may be
/// numbers, and stand in an array or be the values of a map, which is what PHP makes of an array with holes.
struct WireOptions {
    private(set) var rooms: [String] = []
    private(set) var except: [String] = []
    private(set) var isVolatile = false
    private(set) var isMarked = false
    private(set) var timeout: Duration?

    init() {}

    /// Whom the message is for.
    func target(_ names: RoomNames) -> BroadcastTarget {
        BroadcastTarget(
            rooms: names.rooms(self.rooms, isMarked: self.isMarked),
            except: names.rooms(self.except, isMarked: self.isMarked),
            isVolatile: self.isVolatile
        )
    }

    // MARK: MessagePack

    init(_ reader: inout MessagePackReader) throws(RedisWireError) {
        guard let count = try reader.mapIfAny() else { return }
        for _ in 0..<count {
            guard let key = try reader.range() else {
                try reader.pass()
                continue
            }
            if reader.isText(key, "rooms") {
                self.rooms = try Self.texts(&reader)
            } else if reader.isText(key, "except") {
                self.except = try Self.texts(&reader)
            } else if reader.isText(key, "flags") {
                try self.readFlags(&reader)
            } else if reader.isText(key, RoomNames.flag) {
                self.isMarked = try reader.token() == .bool(true)
            } else {
                try reader.pass()
            }
        }
    }

    private mutating func readFlags(_ reader: inout MessagePackReader) throws(RedisWireError) {
        guard let count = try reader.mapIfAny() else { return }
        for _ in 0..<count {
            guard let key = try reader.range(), reader.isText(key, "volatile") else {
                try reader.pass()
                continue
            }
            let start = reader
            self.isVolatile = try reader.token() == .bool(true)
            if !self.isVolatile {
                reader = start
                try reader.pass()
            }
        }
    }

    private static func texts(_ reader: inout MessagePackReader) throws(RedisWireError) -> [String] {
        let start = reader
        var texts: [String] = []
        switch try reader.token() {
        case .array(let count):
            for _ in 0..<count { if let text = try reader.textIfAny() { texts.append(text) } }
        case .map(let count):
            for _ in 0..<count {
                try reader.pass()
                if let text = try reader.textIfAny() { texts.append(text) }
            }
        case .string, .integer, .large, .double, .binary:
            reader = start
            if let text = try reader.textIfAny() { texts.append(text) }
        case .null, .bool, .extension:
            break
        }
        return texts
    }

    // MARK: JSON

    init(_ options: JSONValue?) {
        guard let options else { return }
        self.rooms = Self.texts(options.member("rooms"))
        self.except = Self.texts(options.member("except"))
        self.isMarked = options.member("realms")?.boolValue == true
        let flags = options.member("flags")
        self.isVolatile = flags?.member("volatile")?.boolValue == true
        if let milliseconds = flags?.member("timeout")?.wholeNumber {
            // No longer than a caller would wait.
            self.timeout = .milliseconds(min(max(milliseconds, 1), 3_600_000))
        }
    }

    /// The names in an array, or in an object's values, or one alone.
    static func texts(_ value: JSONValue?) -> [String] {
        guard let value else { return [] }
        switch value.kind {
        case .array: return value.elements.compactMap(\.roomText)
        case .object: return value.members.compactMap(\.value.roomText)
        case .string, .number: return value.roomText.map { [$0] } ?? []
        case .null, .bool: return []
        }
    }
}

extension JSONValue {
    /// A whole number, however it is written.
    var wholeNumber: Int64? {
        if let number = self.intValue { return Int64(number) }
        guard self.kind == .number else { return nil }
        return Double(String(buffer: self.bytes)).flatMap { Int64(exactly: $0) }
    }

    /// A room's name: a string, or a number as JavaScript writes it.
    var roomText: String? {
        switch self.kind {
        case .string: self.stringValue
        case .number: self.wholeNumber.map { String($0) } ?? String(buffer: self.bytes)
        case .null, .bool, .array, .object: nil
        }
    }
}
