// Licensed under the MIT licence.

import EngineIOCore
public import NIOCore
import SocketIOCore

/// The answer that a client waits for.
///
/// Only the first call answers; may be called from anywhere.
///
/// `@unchecked Sendable`: the one `var` is touched on the socket's shard only.
public final class Acknowledgement: @unchecked Sendable {
    private let socket: Socket
    private let id: UInt64
    private var isAnswered = false

    init(socket: Socket, id: UInt64) {
        self.socket = socket
        self.id = id
    }

    /// Answers with encoded values: `ack("ok", 3)`.
    ///
    /// - Throws: `EncodingError`; nothing is sent then.
    public func callAsFunction(_ arguments: any Encodable & Sendable...) throws {
        let encoded = try EncodedArguments(arguments)
        self.send(raw: encoded.json, attachments: encoded.attachments)
    }

    /// Answers with JSON values joined by commas.
    public func send(raw arguments: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.socket.shard.run {
            guard !self.isAnswered, self.socket.isConnected else { return }
            self.isAnswered = true
            self.socket.client.send(
                PacketEncoder.ack(
                    self.id,
                    arguments: arguments,
                    namespace: self.socket.namespace.name,
                    attachments: attachments
                )
            )
        }
    }
}
