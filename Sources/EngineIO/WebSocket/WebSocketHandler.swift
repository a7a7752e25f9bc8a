// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// The channel handler of one WebSocket: reads frames for a session, and carries the writes that do not go through the outbox.
///
/// Alone in its pipeline, so nothing of HTTP is held for a connection that has been upgraded; of a connection by TLS it is in no pipeline at
/// all, but has a ``SecureRelay``.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let loop: LoopShard
    private var session: Session?
    private var reader: WebSocketFrameReader
    private var controlBudget: ControlFrameBudget
    /// The beginning of a frame whose rest has not come yet.
    private var pending: ByteBuffer?
    private var outlet: WebSocketOutlet?
    private let revision: ProtocolRevision
    /// In which form messages leave once the session is on this WebSocket.
    let form: WireForm

    /// The socket, while it is open and may be used beside NIO.
    private(set) var descriptor: CInt?
    /// What a close frame to the peer will say.
    private(set) var closeCode: WebSocketCloseCode = .normal

    init(session: Session, connection: EngineHTTPHandler.TakenConnection) {
        let options = session.settings.options
        self.loop = session.loop
        self.session = session
        self.revision = session.handshake.revision
        self.pending = connection.earlyBytes.readableBytes > 0 ? connection.earlyBytes : nil
        let profile: DeflateProfile? =
            if let agreement = connection.deflate, let deflate = options.perMessageDeflate {
                DeflateProfile(agreement, deflate)
            } else {
                nil
            }
        self.form = session.loop.compression.form(session.handshake.revision, profile)
        self.reader = WebSocketFrameReader(
            maximumMessageBytes: options.maxHTTPBufferSize,
            maximumFragments: options.limits.maximumFragmentsPerMessage,
            inflater: connection.deflate.map { session.loop.compression.inflater(for: $0) }
        )
        self.controlBudget = ControlFrameBudget(
            perSecond: options.limits.maximumControlPacketsPerSecond,
            now: session.loop.now
        )
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The session may have ended, or given the upgrade up, while the channel was being made.
        guard self.session != nil else { return context.close(promise: nil) }
        self.outlet = .channel(context)
        self.descriptor = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            $0
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.outlet = nil
    }

    /// Takes over a connection by TLS, which has no descriptor to use beside NIO.
    func use(_ relay: SecureRelay) {
        self.outlet = .secure(relay)
    }

    /// Reads what came before the channel was there.
    func readEarlyBytes() {
        if self.pending != nil { self.readPending(adding: ByteBuffer()) }
    }

    private func readPending(adding received: ByteBuffer) {
        guard var bytes = self.pending.take() else { return }
        bytes.writeImmutableBuffer(received)
        self.read(&bytes)
        guard bytes.readableBytes > 0, self.session != nil else { return }
        // Moved to the front once in a while only: a frame that dribbles in must not be copied for each piece.
        if bytes.readerIndex > bytes.readableBytes { bytes.discardReadBytes() }
        self.pending = bytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let received = self.unwrapInboundIn(data)
        self.take(received)
        self.loop.receiveBuffer.giveBack(received)
        self.loop.flushIfLarge()
    }

    /// Takes what came by TLS.
    func relayed(_ received: ByteBuffer) {
        guard self.session != nil else { return }
        self.take(received)
        self.loop.flushIfLarge()
    }

    private func take(_ received: ByteBuffer) {
        self.loop.counters.bytesReceived += received.readableBytes
        if self.pending != nil {
            self.readPending(adding: received)
        } else {
            var bytes = received
            self.read(&bytes)
            if bytes.readableBytes > 0, self.session != nil {
                // The received buffer is lent by the loop: keep a copy of what is left.
                self.pending = ByteBuffer(bytes: bytes.readableBytesView)
            }
        }
    }

    private func read(_ bytes: inout ByteBuffer) {
        do throws(WebSocketFrameReader.Violation) {
            while self.session != nil, let input = try self.reader.next(from: &bytes, into: &self.loop.unmaskedBytes) {
                self.take(input)
            }
        } catch {
            if let limit = error.limit { self.loop.counters.hit(limit) }
            self.fail(error.code, .transportError)
        }
    }

    private func take(_ input: WebSocketFrameReader.Input) {
        switch input {
        case .text(let text):
            self.receive { () throws(PacketError) in try EngineIOPacket(text: text, revision: self.revision) }
        case .binary(let bytes):
            self.receive { () throws(PacketError) in try EngineIOPacket(binary: bytes, revision: self.revision) }
        case .ping(let data):
            guard self.spendControlFrame() else { return }
            self.sendPong(data)
        case .pong:
            _ = self.spendControlFrame()
        case .close(let code):
            self.closeCode = code ?? .normal
            self.session?.webSocketLeft(self)
        }
    }

    private func receive(_ decode: () throws(PacketError) -> EngineIOPacket) {
        guard let session else { return }
        do throws(PacketError) {
            let packet = try decode()
            if session.webSocket === self {
                session.packetReceived(packet)
            } else {
                session.upgradePacketReceived(packet)
            }
        } catch {
            self.fail(.protocolError, .parseError)
        }
    }

    private func spendControlFrame() -> Bool {
        if self.controlBudget.spend(now: self.loop.now) { return true }
        self.loop.counters.hit(.controlFrames)
        self.fail(.policyViolation, .transportError)
        return false
    }

    private func sendPong(_ data: ByteBuffer) {
        guard let session else { return }
        if session.webSocket === self {
            self.loop.sendFrames(to: session.slot) { arena in
                arena.appendFrameHeader(.pong, length: data.readableBytes)
                arena.append(data)
            }
        } else {
            var arena = ByteArena()
            arena.appendFrameHeader(.pong, length: data.readableBytes)
            arena.append(data)
            self.writeAll(of: arena)
        }
    }

    /// Ends what this WebSocket is for: its session, or only the upgrade.
    private func fail(_ code: WebSocketCloseCode, _ reason: EngineCloseReason) {
        guard let session else { return }
        self.closeCode = code
        if session.webSocket === self {
            session.end(reason)
        } else {
            session.dropUpgradingWebSocket()
        }
    }

    /// Writes an Engine.IO text packet beside the outbox, while the session is still on polling.
    func write(text: StaticString) {
        var arena = ByteArena()
        arena.appendFrameHeader(.text, length: text.utf8CodeUnitCount)
        text.withUTF8Buffer { arena.append(UnsafeRawBufferPointer($0)) }
        self.writeAll(of: arena)
    }

    private func writeAll(of arena: borrowing ByteArena) {
        guard let outlet else { return }
        let bytes = ByteBuffer(
            bytes: arena.bytes(in: ArenaRange(start: 0, end: UInt32(truncatingIfNeeded: arena.count)))
        )
        outlet.write(bytes, of: self.loop)
    }

    /// Writes through NIO and tells when the bytes have left.
    func write(_ bytes: ByteBuffer, whenWritten: @escaping () -> Void) {
        self.outlet?.write(bytes, of: self.loop, whenWritten: whenWritten)
    }

    func setReading(_ isReading: Bool) {
        self.outlet?.setReading(isReading)
    }

    /// Closes the connection without further ado.
    ///
    /// An upgrading WebSocket gets a close frame first.
    func close() {
        guard let session = self.session.take() else { return }
        self.descriptor = nil
        guard let outlet else { return }
        if session.webSocket !== self, session.isOpen {
            var arena = ByteArena()
            arena.appendFrameHeader(.close, length: 2)
            withUnsafeBytes(of: self.closeCode.rawValue.bigEndian) { arena.append($0) }
            self.writeAll(of: arena)
        }
        outlet.close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connectionEnded(.transportClose)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.connectionEnded(.transportError)
        context.close(promise: nil)
    }

    /// The connection is gone, or of no use any more.
    func connectionEnded(_ reason: EngineCloseReason) {
        self.descriptor = nil
        self.session.take()?.webSocketClosed(self, reason: reason)
    }
}

/// How many ping and pong frames a peer may send: each costs an answer.
struct ControlFrameBudget {
    private let perSecond: Int
    private var windowEnd: NIODeadline
    private var spent = 0

    init(perSecond: Int, now: NIODeadline) {
        self.perSecond = perSecond
        self.windowEnd = now + .seconds(1)
    }

    mutating func spend(now: NIODeadline) -> Bool {
        if now >= self.windowEnd {
            self.windowEnd = now + .seconds(1)
            self.spent = 0
        }
        self.spent += 1
        return self.spent <= self.perSecond
    }
}
