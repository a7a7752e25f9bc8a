// Licensed under the MIT licence.

import NIOCore

extension JSONValue {
    /// The members of an object in the order they came in, duplicates included; none if this is not an object.
    public var members: Members { Members(self) }

    /// The value of the member called `name`, or nil if there is none or this is not an object.
    ///
    /// Of duplicates the last wins, as in JavaScript's `JSON.parse`. Names are compared as ``Member/isNamed(_:)`` does.
    /// Each call walks the whole object; to read several members use ``forEachMember(named:_:)``.
    public func member(_ name: String) -> JSONValue? {
        guard self.kind == .object else { return nil }
        let found = self.bytes.withUnsafeReadableBytes { buffer -> JSONScanner.Found? in
            let bytes = RawBytes(buffer)
            let scanner = JSONScanner(bytes)
            var found: JSONScanner.Found?
            var position = 1
            while let member = scanner.member(after: position) {
                if JSONText(bytes, quoted: member.key).equals(name) { found = member.value }
                position = member.value.range.upperBound
            }
            return found
        }
        guard let found else { return nil }
        return JSONValue(found, in: self.bytes)
    }

    /// The members of an object, found one after the other while iterating.
    ///
    /// Each step costs time in proportion to the member's length; nothing is allocated. A copy goes on from where the
    /// original is, by itself.
    public struct Members: Sequence, IteratorProtocol, Sendable {
        private let bytes: ByteBuffer
        /// Behind the opening brace or the last member yielded; nil at the end.
        private var position: Int?

        fileprivate init(_ object: JSONValue) {
            self.bytes = object.bytes
            self.position = object.kind == .object ? 1 : nil
        }

        /// The next member.
        public mutating func next() -> Member? {
            guard let position = self.position else { return nil }
            let member = self.bytes.withUnsafeReadableBytes { buffer -> Member? in
                let bytes = RawBytes(buffer)
                guard let found = JSONScanner(bytes).member(after: position) else { return nil }
                return Member(found, in: self.bytes, readable: bytes)
            }
            self.position = member?.end
            return member
        }
    }
}
