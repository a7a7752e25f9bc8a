// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct HandshakeStateMachineTests {
    /// What the machine does, as text: the words of a command, `ready 3`, or `fail CODE`.
    private func text(_ action: HandshakeStateMachine.Action) -> String {
        switch action {
        case .ready(let version): return version == .resp3 ? "ready 3" : "ready 2"
        case .fail(let error): return "fail \(error.code) \(error.serverCode ?? "")"
        case .send(let command):
            var buffer = ByteBuffer()
            command.write(into: &buffer)
            var decoder = RESPDecoder()
            decoder.append(buffer)
            return (try? decoder.next())?.elements?.compactMap(\.text).joined(separator: " ") ?? ""
        }
    }

    private let ok = RESPValue.simpleString(ByteBuffer(string: "OK"))
    private let hello3 = RESPValue.map([
        .init(key: .bulkString(ByteBuffer(string: "proto")), value: .integer(3))
    ])

    private func error(_ text: String) -> RESPValue {
        .simpleError(ByteBuffer(string: text))
    }

    @Test func `RESP3 is agreed on with credentials and name at once`() {
        var machine = HandshakeStateMachine(
            .init(username: "u", password: "p", clientName: "n", database: 2, verifiesRole: true)
        )
        #expect(self.text(machine.started()) == "HELLO 3 AUTH u p SETNAME n")
        #expect(self.text(machine.replyReceived(self.hello3)) == "SELECT 2")
        #expect(self.text(machine.replyReceived(self.ok)) == "PING")
        #expect(self.text(machine.replyReceived(self.ok)) == "ROLE")
        let role = RESPValue.array([.bulkString(ByteBuffer(string: "master")), .integer(0), .array([])])
        #expect(self.text(machine.replyReceived(role)) == "ready 3")
    }

    @Test func `A password alone is that of the default user`() {
        var machine = HandshakeStateMachine(.init(password: "p"))
        #expect(self.text(machine.started()) == "HELLO 3 AUTH default p")
        #expect(self.text(machine.replyReceived(self.hello3)) == "PING")
        #expect(self.text(machine.replyReceived(self.ok)) == "ready 3")
    }

    @Test(arguments: ["ERR unknown command `HELLO`", "NOPROTO unsupported protocol version"])
    func `A server without RESP3 is greeted in RESP2`(refusal: String) {
        var machine = HandshakeStateMachine(.init(password: "p", clientName: "n", database: 1))
        #expect(self.text(machine.started()) == "HELLO 3 AUTH default p SETNAME n")
        #expect(self.text(machine.replyReceived(self.error(refusal))) == "AUTH p")
        #expect(self.text(machine.replyReceived(self.ok)) == "CLIENT SETNAME n")
        #expect(self.text(machine.replyReceived(self.ok)) == "SELECT 1")
        #expect(self.text(machine.replyReceived(self.ok)) == "PING")
        #expect(self.text(machine.replyReceived(self.ok)) == "ready 2")
    }

    @Test func `RESP2 alone asks for nothing else`() {
        var machine = HandshakeStateMachine(.init(protocolVersion: .resp2, username: "u", password: "p"))
        #expect(self.text(machine.started()) == "AUTH u p")
        #expect(self.text(machine.replyReceived(self.ok)) == "PING")
        #expect(self.text(machine.replyReceived(self.ok)) == "ready 2")
    }

    @Test func `Wrong credentials end it`() {
        var machine = HandshakeStateMachine(.init(password: "p"))
        _ = machine.started()
        #expect(self.text(machine.replyReceived(self.error("WRONGPASS no"))) == "fail authenticationFailed WRONGPASS")
        machine = HandshakeStateMachine(.init())
        _ = machine.started()
        #expect(self.text(machine.replyReceived(self.error("NOAUTH no"))) == "fail authenticationFailed NOAUTH")
        machine = HandshakeStateMachine(.init(protocolVersion: .resp2, password: "p"))
        _ = machine.started()
        #expect(self.text(machine.replyReceived(self.error("ERR invalid password"))) == "fail authenticationFailed ERR")
    }

    @Test func `A server that loads is not ready`() {
        var machine = HandshakeStateMachine(.init())
        _ = machine.started()
        _ = machine.replyReceived(self.hello3)
        #expect(self.text(machine.replyReceived(self.error("LOADING in memory"))) == "fail connectionFailed LOADING")
    }

    @Test func `A replica is no master`() {
        var machine = HandshakeStateMachine(.init(verifiesRole: true))
        _ = machine.started()
        _ = machine.replyReceived(self.hello3)
        _ = machine.replyReceived(self.ok)
        let role = RESPValue.array([.bulkString(ByteBuffer(string: "slave"))])
        #expect(self.text(machine.replyReceived(role)) == "fail noMaster ")
    }
}
