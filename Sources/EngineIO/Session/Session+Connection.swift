// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

extension Session: EngineConnection {
    var shard: any EngineShard { self.loop }

    var sessionID: SessionID { self.id }

    var transport: TransportName { self.machine.transport ?? self.handshake.transport }

    var pingInterval: TimeAmount { self.settings.timing.pingInterval }

    var pingTimeout: TimeAmount { self.settings.timing.pingTimeout }

    func send(_ message: EngineMessage, isVolatile: Bool) {
        guard self.isOpen else { return }
        self.loop.send(message, to: self.slot, isVolatile: isVolatile)
    }

    func close(_ reason: EngineCloseReason) {
        self.end(reason)
    }

    func whenFlushed(_ job: @escaping @Sendable () -> Void) {
        guard self.isOpen else { return job() }
        self.flushWaiters.append(job)
        self.loop.markForFlush(self.slot)
    }

    /// Tells whoever waits that nothing is left to go.
    func noteFlushed() {
        guard !self.flushWaiters.isEmpty, self.queue.isEmpty && self.backlogBytes == 0 || !self.isOpen else { return }
        let waiters = self.flushWaiters
        self.flushWaiters = []
        for waiter in waiters { waiter() }
    }

    func pauseReading() {
        guard self.isOpen else { return }
        self.isReadingPaused = true
        self.webSocket?.setReading(false)
        self.updateDeadline()
    }

    func resumeReading() {
        guard self.isReadingPaused, self.isOpen else { return }
        self.isReadingPaused = false
        self.machine.readingResumed(now: self.loop.now, timing: self.settings.timing)
        self.webSocket?.setReading(true)
        self.answerPost()
        self.updateDeadline()
    }

    /// Nobody is left who could have reading resumed, and the peer has to hear of the end and answer.
    func endPause() {
        guard self.isReadingPaused else { return }
        self.isReadingPaused = false
        self.webSocket?.setReading(true)
    }

    func setDeadline(_ deadline: NIODeadline?) {
        self.handlerDeadline = deadline
        self.updateDeadline()
    }
}
