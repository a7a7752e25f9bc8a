// Licensed under the MIT licence.

package import NIOCore

/// The shards of an in-process transport, with a clock that moves only when told.
///
/// Jobs wait until a test calls ``run()`` or ``run(until:)``, and then run one after the other in the task that called, so
/// a test without tasks of its own is repeatable to the last step. Which shard is current is told by task, not by thread:
/// the tasks of asynchronous handlers run elsewhere, find no shard current, and hand their jobs over like another loop
/// would.
///
/// Jobs run in the order in which they were given. With a seed the shards take turns at random instead, while each keeps
/// the order of its own jobs: every order that real loops may come to, made again by the same seed.
package final class TestLoop: Sendable {
    /// The shards, in the order of their indices.
    package let shards: [TestShard]
    private let schedule: TestSchedule

    /// Makes shards that nothing happens on yet.
    /// - Parameters:
    ///   - shardCount: How many.
    ///   - seed: Whether, and how, the shards' jobs are shuffled among each other.
    package init(shardCount: Int = 1, seed: UInt64? = nil) {
        let schedule = TestSchedule(seed: seed)
        self.schedule = schedule
        self.shards = (0..<shardCount).map { TestShard(index: $0, schedule: schedule) }
    }

    /// The time.
    package var now: NIODeadline { self.schedule.now }

    /// Runs all jobs, and those they cause, until nothing is queued.
    package func run() {
        while let job = self.schedule.nextJob() { self.perform(onShard: job.shard, job.body) }
    }

    /// Runs jobs, and waits for more from other tasks, until `condition` holds.
    ///
    /// It is asked whenever nothing is queued, so it may look at all that belongs to a shard. One caller at a time.
    package func run(until condition: () -> Bool) async {
        self.run()
        while !condition() {
            await self.schedule.jobArrived()
            self.run()
        }
    }

    /// Moves the clock, running what becomes due on the way at its own time, and then all that is queued.
    package func advance(by amount: TimeAmount) {
        self.run()
        let end = self.now + amount
        while let due = self.nextDeadline, due <= end {
            self.schedule.setNow(due)
            for timer in self.schedule.dueJobs() { self.perform(onShard: timer.shard, timer.body) }
            for shard in self.shards { self.perform(onShard: shard.index) { shard.deadlinesReached() } }
            self.run()
        }
        self.schedule.setNow(end)
    }

    /// Does something on a shard, at once, before all that is queued; as a loop does with what it reads from the network.
    package func perform<Result>(onShard index: Int, _ body: () throws -> Result) rethrows -> Result {
        try self.schedule.perform(onShard: index, body)
    }

    private var nextDeadline: NIODeadline? {
        let connections = self.shards.compactMap(\.nextDeadline).min()
        guard let timers = self.schedule.nextTimer else { return connections }
        return connections.map { min($0, timers) } ?? timers
    }
}
