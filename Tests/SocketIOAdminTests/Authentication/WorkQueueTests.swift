// Licensed under the MIT licence.

import Dispatch
import Synchronization
import Testing

@testable import SocketIOAdmin

@Suite(.timeLimit(.minutes(15))) struct WorkQueueTests {
    @Test("Two pieces at once, some that wait, and the rest is refused undone")
    func bounds() async {
        let queue = WorkQueue(maximumRunning: 2, maximumWaiting: 3)
        let started = DispatchSemaphore(value: 0)
        let released = DispatchSemaphore(value: 0)
        let most = Mutex((running: 0, most: 0))
        let work: @Sendable () -> Bool = {
            most.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
            }
            started.signal()
            released.wait()
            most.withLock { $0.running -= 1 }
            return true
        }
        let running = (0..<2).map { _ in Task { await queue.run(work) } }
        for _ in 0..<2 { await Self.wait(for: started) }
        let waiting = (0..<3).map { _ in Task { await queue.run(work) } }
        while queue.waitingCount < 3 { await Task.yield() }
        let refused = await queue.run { true }
        #expect(refused == nil)
        for _ in 0..<5 { released.signal() }
        for task in running + waiting { #expect(await task.value == true) }
        #expect(most.withLock { $0.most } == 2)
        #expect(await queue.run { true } == true)
    }

    private static func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }
}
