// Licensed under the MIT licence.

/// Room ids that a token speaks of: `team-*`, `*-public`, `lobby`.
///
/// `*` stands for any run of bytes, none included; everything else for itself. Matching takes time in proportion to the lengths of
/// pattern and id together.
struct RoomPattern: Equatable, Sendable {
    /// The longest pattern, in bytes.
    static let maximumBytes = 256

    /// What stands between the asterisks; the first and the last may be empty.
    private let pieces: [Piece]

    /// Nothing if it is empty or too long.
    init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
        self.pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
            .map { Piece(Array($0)) }
    }

    func matches(_ id: String) -> Bool {
        var id = id
        return id.withUTF8 { self.matches($0[...]) }
    }

    private func matches(_ id: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = self.pieces.first, let last = self.pieces.last, self.pieces.count > 1 else {
            return self.pieces.first?.bytes.elementsEqual(id) ?? false
        }
        guard id.count >= first.bytes.count + last.bytes.count, id.starts(with: first.bytes),
            id.suffix(last.bytes.count).elementsEqual(last.bytes)
        else { return false }
        var rest = id.dropFirst(first.bytes.count).dropLast(last.bytes.count)
        // The leftmost place of each leaves the most for those behind it.
        for piece in self.pieces.dropFirst().dropLast() {
            guard let end = piece.end(in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }

    /// Bytes to look for, by the method of Knuth, Morris and Pratt.
    private struct Piece: Equatable, Sendable {
        let bytes: [UInt8]
        /// How many bytes of the beginning end at each place, other than the beginning itself.
        private let borders: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var borders = Array(repeating: 0, count: bytes.count)
            var length = 0
            for index in bytes.indices.dropFirst() {
                while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
                if bytes[index] == bytes[length] { length += 1 }
                borders[index] = length
            }
            self.borders = borders
        }

        /// Behind the first place where it is; nothing if it is nowhere.
        func end(in text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
            guard !self.bytes.isEmpty else { return text.startIndex }
            var length = 0
            for index in text.indices {
                while length > 0, text[index] != self.bytes[length] { length = self.borders[length - 1] }
                if text[index] == self.bytes[length] { length += 1 }
                if length == self.bytes.count { return index + 1 }
            }
            return nil
        }
    }
}
