// Licensed under the MIT licence.

import NIOCore
import NIOEmbedded

@testable import RedisNIO

/// A connection in a channel without a network, on a clock that the test moves.
final class ConnectionFixture: RedisConnectionDelegate {
    let channel = EmbeddedChannel()
    let counters = RedisCounterStore()
    private(set) var events: [String] = []
    private var made: RedisConnection?

    var connection: RedisConnection {
        guard let made else { preconditionFailure("made by the initializer") }
        return made
    }

    init(role: RedisConnection.Role = .commands, limits: RESPLimits = .init()) throws {
        var configuration = RedisConfiguration(endpoints: [])
        configuration.stallTimeout = .seconds(10)
        configuration.pingInterval = .seconds(5)
        let connection = RedisConnection(
            role: role,
            handshake: HandshakeSettings(protocolVersion: .resp2),
            times: ConnectionTimes(configuration),
            limits: limits,
            eventLoop: self.channel.embeddedEventLoop,
            counters: self.counters,
            delegate: self
        )
        self.made = connection
        try self.channel.pipeline.syncOperations.addHandler(connection)
        try self.channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
        self.channel.embeddedEventLoop.run()
    }

    /// Greets, and forgets what happened.
    func makeReady() throws {
        try self.receive("+PONG\r\n")
        _ = try self.written()
        self.events = []
    }

    func receive(_ text: String) throws {
        try self.channel.writeInbound(ByteBuffer(string: text))
        self.channel.embeddedEventLoop.run()
    }

    /// What has been written since the last time; one text for each write.
    func written() throws -> [String] {
        self.channel.embeddedEventLoop.run()
        var texts: [String] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { texts.append(String(buffer: buffer)) }
        return texts
    }

    /// Sends a command; the time is from now.
    func send(_ name: String, within time: TimeAmount = .seconds(5)) {
        let deadline = self.channel.embeddedEventLoop.now + time
        self.connection.send(RedisRequest(.command(RedisCommand(name)), deadline: deadline) { _ in })
    }

    func advance(by time: TimeAmount) {
        self.channel.embeddedEventLoop.advanceTime(by: time)
    }

    func takeEvents() -> [String] {
        defer { self.events = [] }
        return self.events
    }

    private func name(_ request: RedisRequest) -> String {
        guard case .command(let command) = request.content else { return "transaction" }
        var buffer = ByteBuffer()
        command.write(into: &buffer)
        return String(buffer: buffer).split(separator: "\r\n").last.map(String.init) ?? ""
    }

    func connectionBecameReady(_ connection: RedisConnection) {
        self.events.append("ready")
    }

    func connection(_ connection: RedisConnection, answered request: RedisRequest, with reply: RESPValue) {
        self.events.append("\(self.name(request)) = \(reply.text ?? "\(reply)")")
    }

    func connection(_ connection: RedisConnection, received value: RESPValue) {
        self.events.append("received \(value.elements?.compactMap(\.text).joined(separator: " ") ?? value.text ?? "")")
    }

    func connection(_ connection: RedisConnection, gaveUp requests: [RedisRequest]) {
        self.events.append("gave up \(requests.map(self.name).joined(separator: " "))")
    }

    func connectionClosed(_ connection: RedisConnection, reason: RedisError, unanswered: [RedisRequest]) {
        self.events.append("closed \(reason.code) [\(unanswered.map(self.name).joined(separator: " "))]")
    }
}
