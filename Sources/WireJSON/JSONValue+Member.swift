// Licensed under the MIT licence.

import NIOCore

extension JSONValue {
    /// One member of an object: `"room_id":"lobby"`.
    public struct Member: Sendable {
        private let object: ByteBuffer
        // A ByteBuffer's indices are 32 bits wide.
        private let keyStart: UInt32
        private let keyEnd: UInt32
        private let valueStart: UInt32
        private let valueEnd: UInt32
        private let valueKind: Kind
        /// The name; ``ShortBytes/tooLong`` if it is, or if it has escapes.
        ///
        /// Nearly every look-up is decided by this.
        private let shortName: ShortBytes

        @inline(__always)
        init(_ found: JSONScanner.FoundMember, in object: ByteBuffer, readable bytes: RawBytes) {
            self.object = object
            self.keyStart = UInt32(truncatingIfNeeded: found.key.lowerBound)
            self.keyEnd = UInt32(truncatingIfNeeded: found.key.upperBound)
            self.valueStart = UInt32(truncatingIfNeeded: found.value.range.lowerBound)
            self.valueEnd = UInt32(truncatingIfNeeded: found.value.range.upperBound)
            self.valueKind = found.value.kind
            self.shortName = found.shortName(in: bytes)
        }

        /// The name, quotes and escapes included; always of kind ``JSONValue/Kind/string``.
        public var key: JSONValue {
            JSONValue(.init(range: self.keyRange, kind: .string), in: self.object)
        }

        /// The value.
        public var value: JSONValue {
            JSONValue(.init(range: Int(self.valueStart)..<self.end, kind: self.valueKind), in: self.object)
        }

        /// Whether the name is `name`: the cheapest way to tell members apart.
        ///
        /// Names are compared after escapes are decoded, by their bytes: `"\u0061"` is `a`, but two Unicode spellings
        /// of `é` differ. `__proto__` is a name like any other.
        public func isNamed(_ name: String) -> Bool {
            var name = name
            return name.withUTF8 { utf8 in
                let name = RawBytes(UnsafeRawBufferPointer(utf8))
                if !self.shortName.isTooLong { return ShortBytes(name) == self.shortName }
                return self.object.withUnsafeReadableBytes {
                    JSONText(RawBytes($0), quoted: self.keyRange).equals(name)
                }
            }
        }

        /// Behind the value, counted from the start of the object.
        var end: Int { Int(self.valueEnd) }

        private var keyRange: Range<Int> { Int(self.keyStart)..<Int(self.keyEnd) }
    }
}
