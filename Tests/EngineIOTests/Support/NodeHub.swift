// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import EngineIO

/// Links between servers of one process, on which a test may lose what it likes.
final class NodeHub: Sendable {
    /// What becomes of a message.
    enum Fate {
        case arrives
        /// It is lost, and the sender does not know.
        case vanishes
        case fails
        /// The receiver's process is said to have gone.
        case findsNobody
    }

    private struct State {
        var receivers: [NodeAddress: any EngineNodeReceiver] = [:]
        var judge: @Sendable (ForwardedMessage) -> Fate = { _ in .arrives }
        var said: [ForwardedMessage] = []
        var observers: [@Sendable (ForwardedMessage) -> Void] = []
        var deaf: Set<NodeAddress> = []
    }

    fileprivate let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()
    private let state = Mutex(State())

    /// Lets a test decide on every message from now on.
    func judge(_ judge: @escaping @Sendable (ForwardedMessage) -> Fate) {
        self.state.withLock { $0.judge = judge }
    }

    /// All messages so far.
    var said: [ForwardedMessage] { self.state.withLock { $0.said } }

    /// The first message of a kind, past or to come.
    func firstSaid(_ matches: @escaping @Sendable (ForwardedMessage) -> Bool) async throws -> ForwardedMessage {
        let (stream, continuation) = AsyncStream.makeStream(of: ForwardedMessage.self)
        self.state.withLock { state in
            for message in state.said where matches(message) { continuation.yield(message) }
            state.observers.append { message in
                if matches(message) { continuation.yield(message) }
            }
        }
        return try #require(await stream.first { _ in true })
    }

    /// Says something in the name of a server that does not exist, or that the test plays.
    func say(_ message: ForwardedMessage, to node: NodeAddress) {
        self.send(message.encoded, to: node) { _ in }
    }

    /// Tells a server that messages to it may have been lost.
    func interrupt(_ node: NodeAddress) {
        let receiver = self.state.withLock { $0.receivers[node] }
        self.loop.execute { receiver?.interrupted() }
    }

    /// Whether a server receives; what is sent to it meanwhile finds nobody.
    func hears(_ node: NodeAddress, _ hears: Bool) {
        self.state.withLock { state in
            if hears { state.deaf.remove(node) } else { state.deaf.insert(node) }
        }
    }

    fileprivate func isDeaf(_ node: NodeAddress) -> Bool { self.state.withLock { $0.deaf.contains(node) } }

    fileprivate func open(_ node: NodeAddress, _ receiver: (any EngineNodeReceiver)?) {
        self.state.withLock { $0.receivers[node] = receiver }
    }

    fileprivate func send(
        _ bytes: ByteBuffer,
        to node: NodeAddress,
        completion: @escaping @Sendable (EngineNodeDelivery) -> Void
    ) {
        guard let message = ForwardedMessage(bytes) else { return completion(.failed) }
        let (fate, receiver, observers) = self.state.withLock { state in
            state.said.append(message)
            return (state.judge(message), state.deaf.contains(node) ? nil : state.receivers[node], state.observers)
        }
        self.loop.execute {
            switch fate {
            case .arrives:
                receiver?.received(bytes)
                completion(receiver == nil ? .nobody : .sent)
            case .vanishes: completion(.sent)
            case .fails: completion(.failed)
            case .findsNobody: completion(.nobody)
            }
        }
        // Behind it: what an observer has sent comes later.
        for observer in observers { observer(message) }
    }
}

/// One server's link to a ``NodeHub``.
final class HubLink: EngineNodeLink {
    let address: NodeAddress
    private let hub: NodeHub

    init(_ hub: NodeHub, random: UInt64) {
        self.hub = hub
        self.address = NodeAddress(random: random)
    }

    var isReceiving: Bool { !self.hub.isDeaf(self.address) }

    func open(_ receiver: any EngineNodeReceiver) {
        self.hub.open(self.address, receiver)
    }

    func send(
        _ message: ByteBuffer,
        to node: NodeAddress,
        completion: @escaping @Sendable (EngineNodeDelivery) -> Void
    ) {
        self.hub.send(message, to: node, completion: completion)
    }

    func close() {
        self.hub.open(self.address, nil)
    }
}
