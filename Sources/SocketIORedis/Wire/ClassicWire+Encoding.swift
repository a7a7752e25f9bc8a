// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIOCore
import WireJSON

extension ClassicWire {
    func encode(_ message: ClusterMessage, to node: NodeID?) -> (topic: RedisSubscription, body: ByteBuffer)? {
        switch message {
        case .broadcast(let event, let target):
            return self.broadcast(event, target)
        case .ask(let id, let event, let target, let timeout):
            return (self.questions, self.ask(id, event, target, timeout))
        case .join(let rooms, let target):
            return (self.questions, self.order(.join, target, rooms))
        case .leave(let rooms, let target):
            return (self.questions, self.order(.leave, target, rooms))
        case .disconnect(let target, let closing):
            var order = self.order(.disconnect, WireTarget(target, self.names))
            order.write("close", closing)
            return (self.questions, order.closed)
        case .describe(let id, let target):
            var question = self.order(.fetch, WireTarget(target, self.names))
            question.write("requestId", self.text(id))
            return (self.questions, question.closed)
        case .serverSide(let event, let id):
            return (self.questions, self.serverSide(event, id))
        case .asked, .answer, .sockets:
            return node.flatMap { self.answer(message, to: $0) }
        }
    }

    /// What a question of this node is known by to all.
    private func text(_ id: ClusterRequestID) -> String { "\(self.node):\(id)" }

    // MARK: Events

    private func broadcast(
        _ event: BroadcastEvent,
        _ target: BroadcastTarget
    ) -> (topic: RedisSubscription, body: ByteBuffer) {
        var writer = MessagePackWriter(capacity: event.wireCapacity)
        writer.writeArrayHeader(3)
        writer.write(self.node.name)
        writer.write(event, in: self.namespace)
        writer.write(WireTarget(target, self.names), isVolatile: target.isVolatile)
        return (self.broadcastTopic(target), writer.bytes)
    }

    private func ask(
        _ id: ClusterRequestID,
        _ event: BroadcastEvent,
        _ target: BroadcastTarget,
        _ timeout: Duration
    ) -> ByteBuffer {
        var writer = MessagePackWriter(capacity: event.wireCapacity)
        writer.writeMapHeader(5)
        writer.write("uid")
        writer.write(self.node.name)
        writer.write("requestId")
        writer.write(self.text(id))
        writer.write("type")
        writer.write(UInt64(Kind.ask.rawValue))
        writer.write("packet")
        writer.write(event, in: self.namespace)
        writer.write("opts")
        writer.write(WireTarget(target, self.names), isVolatile: target.isVolatile, timeout: timeout)
        return writer.bytes
    }

    private func serverSide(_ event: ServerSideMessage, _ id: ClusterRequestID?) -> ByteBuffer {
        var question = JSONObject()
        question.write("uid", self.node.name)
        if let id { question.write("requestId", self.text(id)) }
        question.write("type", Kind.serverSide.rawValue)
        question.write("data", event.payload)
        return question.closed(with: event.attachments)
    }

    // MARK: Orders

    private func order(_ kind: Kind, _ target: BroadcastTarget, _ rooms: [Room]) -> ByteBuffer {
        let isMarking = self.names.needMarks(target.rooms + target.except + rooms)
        var order = self.order(kind, WireTarget(target, isMarking: isMarking))
        order.write("rooms", rooms.map { RoomNames.text($0, isMarking: isMarking) })
        return order.closed
    }

    private func order(_ kind: Kind, _ target: WireTarget) -> JSONObject {
        var order = JSONObject()
        order.write("uid", self.node.name)
        order.write("type", kind.rawValue)
        var options = JSONObject()
        options.write("rooms", target.rooms)
        options.write("except", target.except)
        if target.isMarking { options.write(RoomNames.flag, true) }
        order.write("opts", options)
        return order
    }
}

extension BroadcastEvent {
    /// About how many bytes it has in MessagePack, with all around it.
    var wireCapacity: Int {
        self.attachments.reduce(256 + self.name.utf8.count + self.arguments.readableBytes) { $0 + $1.readableBytes }
    }
}

extension MessagePackWriter {
    /// Writes the packet of an event: `{type: 2, data: [name, …], nsp}`.
    mutating func write(_ event: BroadcastEvent, in namespace: String) {
        self.writeMapHeader(3)
        self.write("type")
        self.write(UInt64(SocketIOPacket.Kind.event.rawValue))
        self.write("data")
        self.writeArray(beginningWith: event.name, json: event.arguments, attachments: event.attachments)
        self.write("nsp")
        self.write(namespace)
    }

    /// Writes the options of a broadcast: `{rooms, except, flags}`.
    mutating func write(_ target: WireTarget, isVolatile: Bool, timeout: Duration? = nil) {
        self.writeMapHeader(target.isMarking ? 4 : 3)
        self.write("rooms")
        self.write(target.rooms)
        self.write("except")
        self.write(target.except)
        self.write("flags")
        self.writeMapHeader((isVolatile ? 1 : 0) + (timeout == nil ? 0 : 1))
        if isVolatile {
            self.write("volatile")
            self.write(true)
        }
        if let timeout {
            self.write("timeout")
            self.write(UInt64(clamping: timeout.wholeMilliseconds))
        }
        if target.isMarking {
            self.write(RoomNames.flag.description)
            self.write(true)
        }
    }

    private mutating func write(_ texts: [String]) {
        self.writeArrayHeader(texts.count)
        for text in texts { self.write(text) }
    }
}

extension Duration {
    /// Rounded up.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return seconds.multipliedReportingOverflow(by: 1_000).overflow ? .max : seconds * 1_000 + fraction
    }
}
