// Licensed under the MIT licence.

/// Lengths in UTF-16 code units, which is what Engine.IO 3 counts in text payloads: they are JavaScript's string
/// lengths.
enum UTF16Length {
    /// How many UTF-16 code units some UTF-8 has: one for each character, two for each outside the Basic Multilingual
    /// Plane.
    static func codeUnits(in utf8: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in utf8 {
            // Every character has exactly one byte that is no continuation byte; four-byte characters are surrogate
            // pairs.
            count &+= byte & 0xc0 != 0x80 ? 1 : 0
            count &+= byte >= 0xf0 ? 1 : 0
        }
        return count
    }

    /// How many bytes at the beginning of `utf8`, which is valid UTF-8, hold exactly this number of UTF-16 code units.
    /// - Throws: ``PayloadError/lengthBeyondBody`` if there are fewer, ``PayloadError/lengthCutsCharacter`` if the
    ///   number ends inside a surrogate pair.
    static func byteCount(ofCodeUnits units: Int, in utf8: UnsafeRawBufferPointer) throws(PayloadError) -> Int {
        // A code unit takes at least one byte, so a length far too long is refused without a walk.
        guard units <= utf8.count else { throw .lengthBeyondBody }
        var left = units
        var index = 0
        while left > 0 {
            while left >= 8, index + 8 <= utf8.count,
                utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
                left -= 8
            }
            guard left > 0 else { break }
            guard index < utf8.count else { throw .lengthBeyondBody }
            switch utf8[index] {
            case 0..<0x80: index += 1
            case 0x80..<0xe0: index += 2
            case 0xe0..<0xf0: index += 3
            default:
                guard left >= 2 else { throw .lengthCutsCharacter }
                index += 4
                left -= 1
            }
            left -= 1
        }
        return index
    }
}
