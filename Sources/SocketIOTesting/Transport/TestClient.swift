// Licensed under the MIT licence.

package import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

/// A client that speaks packets over a ``TestConnection``.
///
/// Texts are written as on the wire, without the Engine.IO packet type: `2["hello",1]`. Whatever the client does happens
/// after the jobs that are queued, and those it causes have run when the call returns; what tasks have to do may still be on
/// its way.
package final class TestClient {
    /// The session.
    package let connection: TestConnection
    private let loop: TestLoop
    private var takenCount = 0

    /// Opens a session; no namespace is joined yet, except as Engine.IO 3 does it.
    ///
    /// See ``TestConnection`` for the parameters.
    package init(
        on loop: TestLoop,
        shard: Int = 0,
        revision: ProtocolRevision = .v4,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        acceptor: EngineAcceptor
    ) {
        self.loop = loop
        loop.run()
        self.connection = TestConnection(
            on: loop,
            shard: shard,
            revision: revision,
            query: query,
            headers: headers,
            acceptor: acceptor
        )
        loop.run()
    }

    /// Why the session ended; `nil` while it is open.
    package var closeReason: EngineCloseReason? { self.connection.closeReason }

    /// Sends a packet and its attachments.
    package func send(_ text: String, attachments: [[UInt8]] = []) {
        self.loop.run()
        self.connection.receive(
            EngineMessage(text: ByteBuffer(string: text), attachments: attachments.map { ByteBuffer(bytes: $0) })
        )
        self.loop.run()
    }

    /// Sends an attachment on its own.
    package func send(attachment: [UInt8]) {
        self.loop.run()
        self.connection.receive(binary: attachment)
        self.loop.run()
    }

    /// Joins a namespace without waiting for asynchronous middleware.
    /// - Parameters:
    ///   - namespace: Such as `/admin`.
    ///   - auth: The JSON of the CONNECT packet's data.
    /// - Returns: The socket's id; `nil` if the next packet does not grant access.
    @discardableResult
    package func connect(to namespace: String = SocketIOPacket.mainNamespace, auth: String = "") -> String? {
        self.send("0" + (namespace == SocketIOPacket.mainNamespace ? "" : namespace + ",") + auth)
        return self.takeSocketID()
    }

    /// Leaves out the packet that grants access, and reads the socket's id from it.
    package func takeSocketID() -> String? {
        guard case .text(let text)? = self.unseen.first else { return nil }
        var decoder = PacketDecoder(revision: .v4)
        guard let packet = try? decoder.text(ByteBuffer(string: text)), packet.kind == .connect else { return nil }
        self.takenCount += 1
        return packet.payload?.member("sid")?.stringValue
    }

    /// What was sent to the client and not taken yet.
    package var unseen: ArraySlice<TestConnection.Message> { self.connection.sent[self.takenCount...] }

    /// Takes the texts that were sent to the client since the last time; binary messages are shown as `<1 2 3>`.
    package func take() -> [String] {
        let texts = self.unseen.map { message in
            switch message {
            case .text(let text): text
            case .binary(let bytes): "<\(bytes.map { "\($0)" }.joined(separator: " "))>"
            }
        }
        self.takenCount = self.connection.sent.count
        return texts
    }

    /// Runs the loop until `count` messages have come, and takes all there are.
    package func take(atLeast count: Int) async -> [String] {
        await self.loop.run { self.unseen.count >= count || self.closeReason != nil }
        return self.take()
    }

    /// The client goes away.
    package func end(_ reason: EngineCloseReason = .transportClose) {
        self.connection.end(reason)
        self.loop.run()
    }
}
