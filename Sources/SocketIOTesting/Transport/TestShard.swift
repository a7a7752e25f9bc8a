// Licensed under the MIT licence.

package import EngineIOCore
package import NIOCore
import Testing

/// One shard of a ``TestLoop``, with the connections that live on it.
///
/// A slot is given to the next connection as soon as its last one has ended, which is sooner than any engine does it: what
/// still belongs to the old connection is found out.
///
/// `@unchecked Sendable`: the connections are touched only by jobs, and by the test while none runs.
package final class TestShard: EngineShard, @unchecked Sendable {
    package let index: Int
    private let schedule: TestSchedule
    private var connections: [TestConnection?] = []

    init(index: Int, schedule: TestSchedule) {
        self.index = index
        self.schedule = schedule
    }

    package var isCurrent: Bool { self.schedule.isRunning(self.index) }

    package var now: NIODeadline { self.schedule.now }

    package func execute(_ job: @escaping @Sendable () -> Void) {
        self.schedule.enqueue(.init(shard: self.index, body: job))
    }

    package func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void) {
        self.schedule.schedule(.init(shard: self.index, body: job), after: delay)
    }

    /// Sends to connections; those that have ended are passed over.
    ///
    /// Records an issue about a slot that is named twice.
    package func send(_ message: EngineMessage, to slots: UnsafeBufferPointer<ConnectionSlot>, isVolatile: Bool) {
        #expect(self.isCurrent, "send(_:to:isVolatile:) was called off the shard")
        #expect(Set(slots).count == slots.count, "a slot was named twice: \(Array(slots))")
        for slot in slots where Int(slot) < self.connections.count {
            self.connections[Int(slot)]?.send(message, isVolatile: isVolatile)
        }
    }

    /// How many connections are open.
    package var connectionCount: Int { self.connections.count { $0 != nil } }

    func add(_ connection: TestConnection) -> ConnectionSlot {
        let free = self.connections.firstIndex { $0 == nil } ?? self.connections.endIndex
        if free == self.connections.endIndex { self.connections.append(nil) }
        self.connections[free] = connection
        return ConnectionSlot(free)
    }

    func remove(_ connection: TestConnection) {
        self.connections[Int(connection.slot)] = nil
    }

    var nextDeadline: NIODeadline? { self.connections.compactMap { $0?.deadline }.min() }

    func deadlinesReached() {
        for connection in self.connections { connection?.deadlineReached(now: self.now) }
    }
}
