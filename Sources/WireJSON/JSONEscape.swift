// Licensed under the MIT licence.

/// How text is put between quotes.
enum JSONEscape {
    /// By how many bytes escaping makes `bytes` longer.
    static func extraBytes(_ bytes: RawBytes) -> Int {
        var extra = 0
        var offset = ByteScan.firstEscaped(in: bytes, from: 0)
        while offset < bytes.count {
            extra &+= self.letter(bytes[offset]) == 0 ? 5 : 1
            offset = ByteScan.firstEscaped(in: bytes, from: offset &+ 1)
        }
        return extra
    }

    /// Writes `bytes` escaped; `target` has room for just that.
    static func copy(_ bytes: RawBytes, to target: UnsafeMutableRawBufferPointer) {
        var (source, destination) = (0, 0)
        while source < bytes.count {
            let end = ByteScan.firstEscaped(in: bytes, from: source)
            UnsafeMutableRawBufferPointer(rebasing: target[destination..<destination &+ (end &- source)])
                .copyMemory(from: bytes[source..<end].buffer)
            destination &+= end &- source
            source = end
            guard source < bytes.count else { return }
            let byte = bytes[source]
            let letter = self.letter(byte)
            target[destination] = UInt8(ascii: "\\")
            if letter != 0 {
                target[destination &+ 1] = letter
                destination &+= 2
            } else {
                target[destination &+ 1] = UInt8(ascii: "u")
                target[destination &+ 2] = UInt8(ascii: "0")
                target[destination &+ 3] = UInt8(ascii: "0")
                target[destination &+ 4] = self.hexDigit(byte &>> 4)
                target[destination &+ 5] = self.hexDigit(byte & 0x0f)
                destination &+= 6
            }
            source &+= 1
        }
    }

    /// What follows the backslash, or 0 if the byte is written in hexadecimal.
    private static func letter(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0a: UInt8(ascii: "n")
        case 0x0c: UInt8(ascii: "f")
        case 0x0d: UInt8(ascii: "r")
        default: 0
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ (value &- 10)
    }
}
