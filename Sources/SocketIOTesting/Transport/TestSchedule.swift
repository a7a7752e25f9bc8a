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
        var jobs = JobQueues()
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
            if state.jobs.isEmpty { return nil }
            return state.jobs.removeFirst(random: state.generator?.next())
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

/// The jobs that wait, in a line for each shard: what is next takes no longer because many wait.
private struct JobQueues {
    private var lines: [CircularBuffer<(number: UInt64, job: TestSchedule.Job)>] = []
    private var lastNumber: UInt64 = 0

    var isEmpty: Bool { self.lines.allSatisfy(\.isEmpty) }

    mutating func append(_ job: TestSchedule.Job) {
        while self.lines.count <= job.shard { self.lines.append(CircularBuffer()) }
        self.lastNumber += 1
        self.lines[job.shard].append((self.lastNumber, job))
    }

    /// Takes out the first job of all, or that of a shard chosen by `random`.
    mutating func removeFirst(random: UInt64?) -> TestSchedule.Job? {
        let ready = self.lines.indices.filter { !self.lines[$0].isEmpty }
        let shard: Int?
        if let random {
            shard = ready.isEmpty ? nil : ready[Int(random % UInt64(ready.count))]
        } else {
            let numbers = self.lines.map { $0.first?.number ?? .max }
            shard = ready.min { numbers[$0] < numbers[$1] }
        }
        return shard.flatMap { self.lines[$0].popFirst()?.job }
    }
}
