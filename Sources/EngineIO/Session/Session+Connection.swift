// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

extension Session: EngineConnection {
    var shard: any EngineShard { self.loop }

    var sessionID: SessionID { self.id }

    var transport: TransportName { self.machine.transport ?? self.handshake.transport }

    func send(_ message: EngineMessage, isVolatile: Bool) {
        guard self.isOpen else { return }
        self.loop.send(message, to: self.slot, isVolatile: isVolatile)
    }

    func send(binary: ByteBuffer) {
        guard self.isOpen else { return }
        switch self.loop.slots[self.slot].way {
        case .direct, .channel:
            self.loop.sendFrames(to: self.slot) {
                $0.appendBinaryMessage(binary, revision: self.handshake.revision)
            }
        case .queue:
            self.enqueue(.packet(.message(.binary(binary))))
        case .none:
            break
        }
    }

    func close(_ reason: EngineCloseReason) {
        self.end(reason)
    }

    func pauseReading() {
        self.isReadingPaused = true
        self.webSocket?.setReading(false)
    }

    func resumeReading() {
        guard self.isReadingPaused else { return }
        self.isReadingPaused = false
        self.webSocket?.setReading(true)
        self.answerPost()
    }

    func setDeadline(_ deadline: NIODeadline?) {
        self.handlerDeadline = deadline
        self.updateDeadline()
    }
}
