// Licensed under the MIT licence.

import NIOCore

@testable import EngineIO

/// A frame as a client sends it, right or wrong.
struct ClientFrame {
    var opcode: UInt8
    var payload: [UInt8] = []
    var isFinal = true
    var reservedBits: UInt8 = 0
    var mask: UInt32? = 0x37fa_213d
    /// Said instead of the payload's own length, always in the 64-bit form.
    var declaredLength: UInt64?

    static func text(_ text: String, isFinal: Bool = true) -> ClientFrame {
        ClientFrame(opcode: 0x1, payload: Array(text.utf8), isFinal: isFinal)
    }

    static func continuation(_ payload: [UInt8], isFinal: Bool = true) -> ClientFrame {
        ClientFrame(opcode: 0x0, payload: payload, isFinal: isFinal)
    }

    /// The frame's bytes (RFC 6455 §5.2).
    var bytes: [UInt8] {
        var bytes = ByteBuffer()
        bytes.writeInteger((self.isFinal ? 0x80 : 0) | self.reservedBits << 4 | self.opcode)
        let maskBit: UInt8 = self.mask == nil ? 0 : 0x80
        if let declaredLength {
            bytes.writeInteger(maskBit | 127)
            bytes.writeInteger(declaredLength)
        } else if self.payload.count < 126 {
            bytes.writeInteger(maskBit | UInt8(self.payload.count))
        } else if self.payload.count <= Int(UInt16.max) {
            bytes.writeInteger(maskBit | 126)
            bytes.writeInteger(UInt16(self.payload.count))
        } else {
            bytes.writeInteger(maskBit | 127)
            bytes.writeInteger(UInt64(self.payload.count))
        }
        guard let mask else { return Array(bytes.readableBytesView) + self.payload }
        bytes.writeInteger(mask)
        let key = withUnsafeBytes(of: mask.bigEndian, Array.init)
        return Array(bytes.readableBytesView) + self.payload.enumerated().map { $1 ^ key[$0 & 3] }
    }
}

/// Everything a reader makes of bytes that arrive in pieces.
struct ReaderOutcome: Equatable {
    var inputs: [WebSocketFrameReader.Input] = []
    var violation: WebSocketFrameReader.Violation?
    /// How many bytes were not taken.
    var rest = 0

    init(
        _ pieces: [[UInt8]],
        maximumMessageBytes: Int = 1_000_000,
        maximumFragments: Int = 1_024,
        inflater: MessageInflater? = nil
    ) {
        var reader = WebSocketFrameReader(
            maximumMessageBytes: maximumMessageBytes,
            maximumFragments: maximumFragments,
            inflater: inflater
        )
        var bytes = ByteBuffer()
        var output = ByteBuffer()
        do throws(WebSocketFrameReader.Violation) {
            for piece in pieces {
                bytes.writeBytes(piece)
                while let input = try reader.next(from: &bytes, into: &output) { self.inputs.append(input) }
            }
        } catch {
            self.violation = error
        }
        self.rest = bytes.readableBytes
    }

    init(
        _ frames: ClientFrame...,
        maximumMessageBytes: Int = 1_000_000,
        maximumFragments: Int = 1_024,
        inflater: MessageInflater? = nil
    ) {
        self.init(
            [frames.flatMap(\.bytes)],
            maximumMessageBytes: maximumMessageBytes,
            maximumFragments: maximumFragments,
            inflater: inflater
        )
    }
}
