// Licensed under the MIT licence.

package import EngineIOCore
package import NIOCore

/// One session of the in-process transport: notes what is sent and lets a test play the peer.
///
/// To be used by jobs of its shard, and by the test while none runs.
package final class TestConnection: EngineConnection {
    /// A message that was sent to the peer.
    package enum Message: Equatable, Sendable {
        /// A text message, without the Engine.IO packet type.
        case text(String)
        /// A binary message.
        case binary([UInt8])
    }

    package let handshake: EngineHandshake
    package let sessionID: SessionID
    package private(set) var slot: ConnectionSlot = .max
    /// All that was sent, in order.
    package private(set) var sent: [Message] = []
    /// Whether volatile messages can leave; while not, they are dropped.
    package var isWritable = true
    /// Whether the layer above wants no input.
    ///
    /// What the peer sends meanwhile waits.
    package private(set) var isReadingPaused = false
    /// How often reading was paused.
    package private(set) var pauseCount = 0
    /// Why the session ended; `nil` while it is open.
    package private(set) var closeReason: EngineCloseReason?
    /// When the layer above wants to be called.
    package private(set) var deadline: NIODeadline?

    /// Whether the peer takes nothing of what was sent, as far as ``whenFlushed(_:)`` tells.
    package var isFlushHeld = false
    private var heldFlushes: [@Sendable () -> Void] = []

    private let loop: TestLoop
    private let home: TestShard
    private var handler: (any EngineConnectionHandler)?
    private var unread: [EngineMessage] = []

    /// Opens a session.
    /// - Parameters:
    ///   - loop: The transport.
    ///   - shard: The index of the shard that the session lives on.
    ///   - revision: What the peer speaks.
    ///   - query: What the peer added to the request's query, such as `token=a`.
    ///   - headers: What the peer's request had in its header beside `host`.
    ///   - acceptor: The layer above.
    package init(
        on loop: TestLoop,
        shard: Int = 0,
        revision: ProtocolRevision = .v4,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        acceptor: EngineAcceptor
    ) {
        self.loop = loop
        self.home = loop.shards[shard]
        self.sessionID = SessionID(shardIndex: shard, random: (.random(in: .min ... .max), .random(in: .min ... .max)))
        self.handshake = EngineHandshake(
            revision: revision,
            transport: .websocket,
            target: "/socket.io/?EIO=\(revision.rawValue)&transport=websocket" + (query.isEmpty ? "" : "&\(query)"),
            headers: HeaderBlock([("host", "chat.example")] + headers),
            address: "192.0.2.1",
            issuedMilliseconds: 1_700_000_000_000
        )
        self.slot = self.home.add(self)
        loop.perform(onShard: shard) {
            let handler = acceptor(self)
            if let closeReason { handler.closed(closeReason) } else { self.handler = handler }
        }
    }

    // MARK: The peer

    /// The peer sends a message: a text, and its attachments as binary messages.
    package func receive(_ message: EngineMessage) {
        guard self.closeReason == nil else { return }
        guard !self.isReadingPaused else { return self.unread.append(message) }
        self.loop.perform(onShard: self.home.index) {
            if let text = message.text { self.handler?.textReceived(text) }
            for attachment in message.attachments { self.handler?.binaryReceived(attachment) }
        }
    }

    /// The peer has sent a text message that was read before reading was paused.
    package func receiveInSpite(_ text: String) {
        self.loop.perform(onShard: self.home.index) { self.handler?.textReceived(ByteBuffer(string: text)) }
    }

    /// The peer sends a binary message on its own.
    package func receive(binary: [UInt8]) {
        self.loop.perform(onShard: self.home.index) { self.handler?.binaryReceived(ByteBuffer(bytes: binary)) }
    }

    /// The peer takes all that was sent, now and from here on.
    package func flush() {
        self.isFlushHeld = false
        let jobs = self.heldFlushes
        self.heldFlushes = []
        self.loop.perform(onShard: self.home.index) { for job in jobs { job() } }
    }

    /// The session ends, by default because the peer went away.
    package func end(_ reason: EngineCloseReason = .transportClose) {
        self.loop.perform(onShard: self.home.index) { self.close(reason) }
    }

    // MARK: EngineConnection

    package var shard: any EngineShard { self.home }

    package var transport: TransportName { self.handshake.transport }

    package var pingInterval: TimeAmount { .seconds(25) }

    package var pingTimeout: TimeAmount { .seconds(20) }

    package func send(_ message: EngineMessage, isVolatile: Bool) {
        guard self.closeReason == nil, self.isWritable || !isVolatile else { return }
        if let text = message.text { self.sent.append(.text(String(buffer: text))) }
        for attachment in message.attachments { self.sent.append(.binary(Array(attachment.readableBytesView))) }
    }

    package func close(_ reason: EngineCloseReason) {
        guard self.closeReason == nil else { return }
        self.closeReason = reason
        self.deadline = nil
        self.unread = []
        self.handler.take()?.closed(reason)
        self.home.remove(self)
    }

    package func whenFlushed(_ job: @escaping @Sendable () -> Void) {
        if self.isFlushHeld { self.heldFlushes.append(job) } else { job() }
    }

    package func pauseReading() {
        self.isReadingPaused = true
        self.pauseCount += 1
    }

    package func resumeReading() {
        self.isReadingPaused = false
        let unread = self.unread
        self.unread = []
        // Shared with the shard's own jobs only, which is what the annotation of the job cannot know.
        nonisolated(unsafe) let connection = self
        self.home.execute { for message in unread { connection.receive(message) } }
    }

    package func setDeadline(_ deadline: NIODeadline?) {
        guard self.closeReason == nil else { return }
        self.deadline = deadline
    }

    func deadlineReached(now: NIODeadline) {
        guard let deadline, deadline <= now else { return }
        self.deadline = nil
        self.handler?.deadlineReached(now: now)
    }
}
