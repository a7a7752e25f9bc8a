// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct SentinelResolutionTests {
    private let first = RedisEndpoint.tcp(host: "s1", port: 1)
    private let second = RedisEndpoint.tcp(host: "s2", port: 2)

    private func address(_ host: String, _ port: String) -> RESPValue {
        .array([.bulkString(ByteBuffer(string: host)), .bulkString(ByteBuffer(string: port))])
    }

    @Test func `Sentinels are asked in turn until one knows`() {
        var resolution = SentinelResolution(sentinels: [self.first, self.second])
        #expect(resolution.started() == .ask(self.first))
        #expect(resolution.failed() == .ask(self.second))
        #expect(
            resolution.answered(self.address("m", "6379"))
                == .found(.tcp(host: "m", port: 6379), sentinel: self.second)
        )
    }

    @Test func `An answer that names nobody is passed over`() {
        for answer in [.null, .array([]), self.address("", "1"), self.address("m", "0"), self.address("m", "x")] {
            var resolution = SentinelResolution(sentinels: [self.first, self.second])
            _ = resolution.started()
            #expect(resolution.answered(answer) == .ask(self.second))
            #expect(resolution.answered(answer) == .failed)
        }
    }

    @Test func `Whoever answered is asked first the next time`() throws {
        let configuration = RedisConfiguration(
            endpoints: [self.first, self.second],
            mode: .sentinel(masterName: "m")
        )
        let directory = try #require(SentinelDirectory(configuration))
        directory.answered(self.second)
        #expect(directory.endpoints == [self.second, self.first])
        #expect(SentinelDirectory(RedisConfiguration(endpoints: [self.first])) == nil)
    }
}
