// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

extension LoopShard {
    /// How long from one batch of goodbyes to the next.
    private static let drainStep = TimeAmount.milliseconds(100)

    /// Takes no new sessions any more, and ends the others little by little.
    ///
    /// Each batch is picked at random, so that those who came together, or are in one room, do not go together.
    /// - Parameters:
    ///   - duration: How long it may take.
    ///   - reason: Why they end.
    /// - Returns: Succeeds when no session is left; at the latest when the time is over.
    func drain(over duration: TimeAmount, _ reason: EngineCloseReason) -> EventLoopFuture<Void> {
        let drained = self.eventLoop.makePromise(of: Void.self)
        self.eventLoop.execute {
            self.isDraining = true
            let steps = max(1, Int(duration.nanoseconds / Self.drainStep.nanoseconds))
            self.drain(self.sessions.compactMap(\.?.id).shuffled(), stepsLeft: steps, reason, drained)
        }
        return drained.futureResult
    }

    private func drain(
        _ waiting: [SessionID],
        stepsLeft: Int,
        _ reason: EngineCloseReason,
        _ drained: EventLoopPromise<Void>
    ) {
        // Who has gone by itself is not waited for.
        var waiting = waiting.filter { self.sessionsByID[$0] != nil }
        let batch = (waiting.count + stepsLeft - 1) / max(stepsLeft, 1)
        for id in waiting.suffix(batch) { self.sessionsByID[id]?.end(reason) }
        waiting.removeLast(min(batch, waiting.count))
        self.flush()
        guard !waiting.isEmpty, stepsLeft > 1 else { return drained.succeed() }
        let left = waiting
        _ = self.eventLoop.scheduleTask(in: Self.drainStep) {
            self.drain(left, stepsLeft: stepsLeft - 1, reason, drained)
        }
    }
}
