// Licensed under the MIT licence.

import EngineIOCore
public import NIOCore
import SocketIOCore
import Synchronization
import WireJSON

/// The answer that a client waits for.
///
/// Only the first call answers; may be called from anywhere.
public final class Acknowledgement: Sendable {
    private let socket: Socket
    private let id: UInt64
    private let state = Mutex(State())

    private struct State {
        var isAnswered = false
        var observer: (@Sendable (AckReply?) -> Void)?
    }

    init(socket: Socket, id: UInt64) {
        self.socket = socket
        self.id = id
    }

    deinit {
        // Nobody can answer any more.
        self.state.withLock { $0.observer.take() }?(nil)
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
        let observer = self.state.withLock { state -> (isFirst: Bool, (@Sendable (AckReply?) -> Void)?) in
            defer { state.isAnswered = true }
            return (!state.isAnswered, state.observer.take())
        }
        guard observer.isFirst else { return }
        observer.1?(AckReply(arguments: JSONValue.list(joined: arguments), attachments: attachments))
        self.socket.acknowledge(self.id, arguments, attachments)
    }

    /// Calls back with the answer, or with nothing when there will be none.
    func observe(_ observer: @escaping @Sendable (AckReply?) -> Void) {
        self.state.withLock { $0.observer = observer }
    }
}
