// Licensed under the MIT licence.

import EngineIOCore
import Synchronization

/// Asks every shard the same, without waiting for one that is stuck.
///
/// A shard that owes an answer is not asked again, so that jobs do not pile up on it.
final class ShardAnswers<Answer: Sendable>: Sendable {
    private let shards: [any EngineShard]
    private let ask: @Sendable (any EngineShard) -> Answer
    /// Which shards owe an answer.
    private let owing: Mutex<Set<Int>>

    /// - Parameters:
    ///   - shards: Whom to ask.
    ///   - ask: Called on each shard, one job each time.
    init(_ shards: [any EngineShard], ask: @escaping @Sendable (any EngineShard) -> Answer) {
        self.shards = shards
        self.ask = ask
        self.owing = Mutex([])
    }

    /// How many shards owe an answer.
    var owingCount: Int { self.owing.withLock { $0.count } }

    /// What the shards answer, in their order; nothing for those that have not answered in time.
    func gather(within limit: Duration) async -> [Answer?] {
        let asked = self.owing.withLock { owing in
            let free = self.shards.indices.filter { !owing.contains($0) }
            owing.formUnion(free)
            return free
        }
        let round = Round<Answer>(count: self.shards.count, asked: asked.count)
        let timer = Task {
            try await Task.sleep(for: limit)
            round.end()
        }
        let answers = await withCheckedContinuation { continuation in
            round.begin(continuation)
            for index in asked {
                let shard = self.shards[index]
                shard.execute {
                    let answer = self.ask(shard)
                    self.owing.withLock { _ = $0.remove(index) }
                    round.answered(index, answer)
                }
            }
        }
        timer.cancel()
        return answers
    }
}

/// One time that all were asked.
private final class Round<Answer: Sendable>: Sendable {
    private struct State {
        var answers: [Answer?]
        var missing: Int
        var isOver = false
        var continuation: CheckedContinuation<[Answer?], Never>?
    }

    private let state: Mutex<State>

    init(count: Int, asked: Int) {
        self.state = Mutex(State(answers: Array(repeating: nil, count: count), missing: asked))
    }

    func begin(_ continuation: CheckedContinuation<[Answer?], Never>) {
        self.finish { state in
            state.continuation = continuation
            // Nobody to ask, or the time was over first.
            return state.missing == 0 || state.isOver
        }
    }

    func answered(_ index: Int, _ answer: Answer) {
        self.finish { state in
            guard !state.isOver else { return false }
            state.answers[index] = answer
            state.missing -= 1
            return state.missing == 0
        }
    }

    func end() {
        self.finish { _ in true }
    }

    private func finish(_ change: (inout State) -> Bool) {
        let ended: (CheckedContinuation<[Answer?], Never>, [Answer?])? = self.state.withLock { state in
            guard change(&state) else { return nil }
            state.isOver = true
            return state.continuation.take().map { ($0, state.answers) }
        }
        if let (continuation, answers) = ended { continuation.resume(returning: answers) }
    }
}
