// Licensed under the MIT licence.

import NIOCore

extension JSONValue {
    /// The elements of an array, in order; none if this is not an array.
    public var elements: Elements { Elements(self) }

    /// The elements of an array, found one after the other while iterating: `[1,{"a":2}]` yields `1`, then `{"a":2}`.
    ///
    /// Each step costs time in proportion to the element's length; nothing is allocated. A copy goes on from where the
    /// original is, by itself.
    public struct Elements: Sequence, IteratorProtocol, Sendable {
        private let bytes: ByteBuffer
        private let lastElement: Int
        /// Behind the opening bracket or the last element yielded; nil at the end.
        private var position: Int?

        fileprivate init(_ array: JSONValue) {
            self.bytes = array.bytes
            self.lastElement = Int(array.lastElement)
            self.position = array.kind == .array ? 1 : nil
        }

        /// The next element.
        public mutating func next() -> JSONValue? {
            guard let position = self.position else { return nil }
            let found = self.bytes.withUnsafeReadableBytes {
                JSONScanner(RawBytes($0)).element(after: position, last: self.lastElement)
            }
            self.position = found?.range.upperBound
            guard let found else { return nil }
            return JSONValue(found, in: self.bytes)
        }
    }
}
