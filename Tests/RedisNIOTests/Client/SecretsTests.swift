// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct SecretsTests {
    @Test func `A configuration does not show its passwords`() {
        var configuration = RedisConfiguration(
            endpoints: [.tcp(host: "::1", port: 6379)],
            mode: .sentinel(masterName: "m", username: "sentinel-user", password: "hunter2")
        )
        configuration.username = "redis-user"
        configuration.password = "hunter3"
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter"))
            #expect(!text.contains("-user"))
            #expect(text.contains("[::1]:6379"))
        }
    }

    @Test func `An error does not show what the server repeats of a command`() throws {
        let value = RESPValue.simpleError(
            ByteBuffer(string: "ERR unknown command 'secret', with args beginning with: 'secret'")
        )
        let error = try #require(RedisServerReply(value)).error()
        #expect(error.serverMessage?.contains("secret") == true)
        #expect(!"\(error)".contains("secret"))
        #expect("\(error)".contains("ERR"))
    }

    @Test func `What the server says is cut off`() throws {
        let value = RESPValue.bulkError(ByteBuffer(string: String(repeating: "A", count: 10_000)))
        let reply = try #require(RedisServerReply(value))
        #expect(reply.code.utf8.count == 32)
        #expect(reply.message.utf8.count == 256)
    }

    @Test(arguments: [
        ("WRONGTYPE Operation against a key", false, RedisError.Outcome.notDone),
        ("WRONGTYPE Operation script: ab12, on @user_script:3.", true, .unknown),
        ("ERR user_script:1: x script: ab, on @user_script:1.", true, .unknown),
        ("NOSCRIPT No matching script.", true, .notDone),
        ("MOVED 1 h:1", true, .notDone),
        ("OOM command not allowed when used memory > 'maxmemory'.", true, .notDone),
        ("OOM command not allowed script: ab, on @user_script:1.", true, .unknown),
        ("ANYTHING a script may say", true, .unknown),
    ])
    func `An error says whether anything was done`(text: String, isScript: Bool, outcome: RedisError.Outcome) throws {
        let reply = try #require(RedisServerReply(.simpleError(ByteBuffer(string: text))))
        #expect(reply.outcome(ofScript: isScript) == outcome)
    }
}
