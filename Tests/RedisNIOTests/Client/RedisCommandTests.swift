// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct RedisCommandTests {
    private func bytes(_ command: RedisCommand, sendsSource: Bool = false) -> String {
        var buffer = ByteBuffer()
        command.write(into: &buffer, sendsSource: sendsSource)
        return String(buffer: buffer)
    }

    @Test func `A command is an array of bulk strings`() {
        #expect(self.bytes(RedisCommand("PING")) == "*1\r\n$4\r\nPING\r\n")
        #expect(
            self.bytes(RedisCommand("SET", .key("k"), .bytes(ByteBuffer(string: "a\r\nb")), "EX", -12))
                == "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n$2\r\nEX\r\n$3\r\n-12\r\n"
        )
        #expect(self.bytes(RedisCommand("ECHO", "ä")) == "*2\r\n$4\r\nECHO\r\n$2\r\nä\r\n")
        #expect(self.bytes(RedisCommand("ECHO", "")) == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n")
    }

    @Test func `A script is called by its digest or with its text`() {
        let command = RedisCommand(RedisScript("return 1"), keys: ["k"], arguments: ["v"])
        let rest = "$1\r\n1\r\n$1\r\nk\r\n$1\r\nv\r\n"
        #expect(
            self.bytes(command)
                == "*5\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n" + rest
        )
        #expect(self.bytes(command, sendsSource: true) == "*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n" + rest)
    }

    @Test func `Keys say where a command belongs`() {
        #expect(RedisCommand("PING").placement == .anywhere)
        #expect(RedisCommand("GET", .key("foo")).placement == .slot(HashSlot(key: "foo")))
        #expect(RedisCommand("MGET", .key("{a}1"), .key("{a}2")).placement == .slot(HashSlot(key: "a")))
        #expect(RedisCommand("MGET", .key("a"), .key("b"), .key("a")).placement == .differentSlots)
        func placement(_ commands: RedisCommand...) -> RedisCommand.Placement {
            RedisRequest(.transaction(commands), deadline: .distantFuture) { _ in }.placement
        }
        #expect(placement(RedisCommand("PING"), RedisCommand("GET", .key("a"))) == .slot(HashSlot(key: "a")))
        #expect(placement(RedisCommand("GET", .key("b")), RedisCommand("GET", .key("a"))) == .differentSlots)
        #expect(placement(RedisCommand("MGET", .key("b"), .key("a")), RedisCommand("PING")) == .differentSlots)
    }

    @Test func `A transaction is written as one, and a slot on its way is asked for`() {
        var request = RedisRequest(.transaction([RedisCommand("INCR", .key("a"))]), deadline: .distantFuture) { _ in }
        var known: Set<RedisScript> = []
        var buffer = ByteBuffer()
        request.write(into: &buffer, known: &known)
        #expect(
            String(buffer: buffer)
                == "*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n"
        )
        #expect(request.replies == 3)
        request.isAsking = true
        #expect(request.replies == 4)
        buffer.clear()
        request.write(into: &buffer, known: &known)
        #expect(String(buffer: buffer).hasPrefix("*1\r\n$6\r\nASKING\r\n*1\r\n$5\r\nMULTI\r\n"))
    }

    @Test func `A connection is sent a script's text once`() {
        let script = RedisScript("return 1")
        let request = RedisRequest(.command(RedisCommand(script, keys: [])), deadline: .distantFuture) { _ in }
        var known: Set<RedisScript> = []
        var buffer = ByteBuffer()
        request.write(into: &buffer, known: &known)
        #expect(String(buffer: buffer).contains("$4\r\nEVAL\r\n"))
        buffer.clear()
        request.write(into: &buffer, known: &known)
        #expect(String(buffer: buffer).contains("$7\r\nEVALSHA\r\n"))
    }
}
