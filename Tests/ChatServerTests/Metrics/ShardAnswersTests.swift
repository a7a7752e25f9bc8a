// Licensed under the MIT licence.

import EngineIOCore
import SocketIOTesting
import Synchronization
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(15))) struct ShardAnswersTests {
    /// How many have answered.
    private final class Count: Sendable {
        private let count = Mutex(0)
        var value: Int { self.count.withLock { $0 } }
        func add() { self.count.withLock { $0 += 1 } }
    }

    private let loop = TestLoop(shardCount: 3)
    private let answered = Count()

    private func answers() -> ShardAnswers<Int> {
        ShardAnswers(self.loop.shards) { shard in
            self.answered.add()
            return shard.index * 10
        }
    }

    @Test func everybodyAnswers() async {
        let answers = self.answers()
        async let gathered = answers.gather(within: .seconds(50))
        await self.loop.run { self.answered.value == 3 }
        #expect(await gathered == [0, 10, 20])
    }

    @Test func whoeverIsStuckIsNotWaitedForNorAskedTwice() async {
        let answers = self.answers()
        #expect(await answers.gather(within: .milliseconds(1)) == [nil, nil, nil])
        #expect(await answers.gather(within: .milliseconds(1)) == [nil, nil, nil])
        #expect(answers.owingCount == 3)
        self.loop.run()
        // Late answers are nobody's, and everybody may be asked again.
        #expect(self.answered.value == 3)
        #expect(answers.owingCount == 0)
        async let gathered = answers.gather(within: .seconds(50))
        await self.loop.run { self.answered.value == 6 }
        #expect(await gathered == [0, 10, 20])
    }
}
