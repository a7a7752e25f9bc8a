// Licensed under the MIT licence.

import NIOCore
import SocketIOCore

/// What processes say to each other of sessions.
enum RecoveryMessage: Equatable {
    /// A process wants a session; it is to be answered on that process's channel.
    case question(number: UInt64, asker: LogName, pid: PrivateSessionID, offset: String?)
    /// The session is at the asker's ``RedisKeys/recoverySession(_:for:)``, or there is none.
    case answer(number: UInt64, isThere: Bool)

    /// The longest offset that makes sense, and some.
    static let maximumOffsetBytes = 64

    init?(_ bytes: ByteBuffer) {
        var bytes = bytes
        guard let kind = bytes.readInteger(as: UInt8.self), let number = bytes.readInteger(as: UInt64.self) else {
            return nil
        }
        switch kind {
        case UInt8(ascii: "Q"):
            guard let asker = bytes.readString(length: LogName.length).flatMap(LogName.init),
                let pid = bytes.readString(length: PrivateSessionID.length).flatMap({ PrivateSessionID($0) }),
                let hasOffset = bytes.readInteger(as: UInt8.self), bytes.readableBytes <= Self.maximumOffsetBytes
            else { return nil }
            self = .question(
                number: number,
                asker: asker,
                pid: pid,
                offset: hasOffset == 0 ? nil : String(buffer: bytes)
            )
        case UInt8(ascii: "A"):
            guard let isThere = bytes.readInteger(as: UInt8.self) else { return nil }
            self = .answer(number: number, isThere: isThere == 1)
        default:
            return nil
        }
    }

    var encoded: ByteBuffer {
        var bytes = ByteBuffer()
        switch self {
        case .question(let number, let asker, let pid, let offset):
            bytes.writeInteger(UInt8(ascii: "Q"))
            bytes.writeInteger(number)
            bytes.writeString(asker.string)
            bytes.writeString(pid.encoded)
            bytes.writeInteger(UInt8(offset == nil ? 0 : 1))
            bytes.writeString(offset ?? "")
        case .answer(let number, let isThere):
            bytes.writeInteger(UInt8(ascii: "A"))
            bytes.writeInteger(number)
            bytes.writeInteger(UInt8(isThere ? 1 : 0))
        }
        return bytes
    }
}
