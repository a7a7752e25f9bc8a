// Licensed under the MIT licence.

import NIOCore
import Synchronization

/// What the shards of a ``TestLoop`` have in common: the clock, the jobs that wait, and who is running one.
final class TestSchedule: Sendable {
    struct Job: Sendable {
        var shard: Int
        var body: @Sendable () -> Void
    }

    private struct Timer {
        var deadline: NIODeadline
        var job: Job
    }

    private struct State {
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var jobs: [Job] = []
        var timers: [Timer] = []
        var generator: SeededGenerator?
        var running: (shard: Int, task: Int)?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(seed: UInt64?) {
        self.state = Mutex(State(generator: seed.map { SeededGenerator(seed: $0) }))
    }

    /// Zero outside of tasks.
    ///
    /// Only ever compared with that of a task that is still running.
    private static var currentTask: Int { withUnsafeCurrentTask { $0?.hashValue ?? 0 } }

    var now: NIODeadline { self.state.withLock { $0.now } }

    func setNow(_ now: NIODeadline) {
        self.state.withLock { $0.now = max($0.now, now) }
    }

    // MARK: Running

    func isRunning(_ shard: Int) -> Bool {
        let task = Self.currentTask
        return self.state.withLock { $0.running.map { $0 == (shard, task) } ?? false }
    }

    func perform<Result>(onShard shard: Int, _ body: () throws -> Result) rethrows -> Result {
        let task = Self.currentTask
        let outer = self.state.withLock { state in
            let outer = state.running
            state.running = (shard, task)
            return outer
        }
        defer { self.state.withLock { $0.running = outer } }
        return try body()
    }

    // MARK: Jobs

    func enqueue(_ job: Job) {
        let waiter = self.state.withLock { state in
            state.jobs.append(job)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func nextJob() -> Job? {
        self.state.withLock { state in
            guard var next = state.jobs.indices.first else { return nil }
            if let random = state.generator?.next() {
                let shards = Set(state.jobs.map(\.shard)).sorted()
                let shard = shards[Int(random % UInt64(shards.count))]
                next = state.jobs.firstIndex { $0.shard == shard } ?? next
            }
            return state.jobs.remove(at: next)
        }
    }

    func jobArrived() async {
        await withCheckedContinuation { continuation in
            let isQueued = self.state.withLock { state in
                if state.jobs.isEmpty { state.waiter = continuation }
                return !state.jobs.isEmpty
            }
            if isQueued { continuation.resume() }
        }
    }

    // MARK: Timers

    func schedule(_ job: Job, after delay: TimeAmount) {
        self.state.withLock { $0.timers.append(Timer(deadline: $0.now + delay, job: job)) }
    }

    var nextTimer: NIODeadline? { self.state.withLock { $0.timers.map(\.deadline).min() } }

    /// Takes out the jobs whose time has come, in the order of their times.
    func dueJobs() -> [Job] {
        self.state.withLock { state in
            let now = state.now
            let due = state.timers.filter { $0.deadline <= now }
            state.timers.removeAll { $0.deadline <= now }
            return due.sorted { $0.deadline < $1.deadline }.map(\.job)
        }
    }
}
