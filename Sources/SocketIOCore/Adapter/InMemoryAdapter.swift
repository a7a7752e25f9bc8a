// Licensed under the MIT licence.

import EngineIOCore

/// The adapter of a single process: acts on its own sockets and knows no others.
public struct InMemoryAdapter: Adapter {
    private let local: any LocalSockets

    /// Creates the adapter of one namespace.
    public init(local: any LocalSockets) {
        self.local = local
    }

    /// Sends an event to the matching sockets of this process.
    public func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget) {
        self.local.deliver(event, to: target)
    }

    /// Asks the matching sockets of this process.
    public func broadcast(
        _ event: BroadcastEvent,
        to target: BroadcastTarget,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (BroadcastAnswers) -> Void
    ) {
        let collector = AnswerCollector(completion: completion)
        self.local.deliver(
            event,
            to: target,
            answersWithin: timeout,
            asked: { collector.asked($0) },
            answered: { collector.answered($0) }
        )
    }

    /// Makes the matching sockets of this process members of rooms.
    public func join(_ rooms: [Room], _ target: BroadcastTarget) {
        self.local.join(rooms, target)
    }

    /// Ends the membership of the matching sockets of this process in rooms.
    public func leave(_ rooms: [Room], _ target: BroadcastTarget) {
        self.local.leave(rooms, target)
    }

    /// Puts the matching sockets of this process out of the namespace.
    public func disconnect(_ target: BroadcastTarget, closing: Bool) {
        self.local.disconnect(target, closing: closing)
    }

    /// Describes the matching sockets of this process.
    public func fetchSockets(
        _ target: BroadcastTarget,
        completion: @escaping @Sendable (Result<[SocketDescription], ClusterError>) -> Void
    ) {
        self.local.describe(target) { completion(.success($0)) }
    }

    /// Does nothing: there is no other server.
    public func serverSideEmit(_ event: ServerSideMessage) {}

    /// Completes without answers: there is no other server.
    public func serverSideEmit(
        _ event: ServerSideMessage,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (Result<[AckReply], ClusterError>) -> Void
    ) {
        self.local.home.run { completion(.success([])) }
    }
}

/// Gathers the answers of this process's sockets.
///
/// `@unchecked Sendable`: touched on ``LocalSockets/home`` only.
private final class AnswerCollector: @unchecked Sendable {
    private var answers = BroadcastAnswers()
    private var outstanding = 0
    private var completion: (@Sendable (BroadcastAnswers) -> Void)?
    private var isCounted = false

    init(completion: @escaping @Sendable (BroadcastAnswers) -> Void) {
        self.completion = completion
    }

    func asked(_ count: Int) {
        self.outstanding += count
        self.isCounted = true
        self.completeIfDone()
    }

    func answered(_ reply: AckReply?) {
        // Below zero until the count comes, which a quick answer may overtake.
        self.outstanding -= 1
        if let reply { self.answers.replies.append(reply) } else { self.answers.missing += 1 }
        self.completeIfDone()
    }

    private func completeIfDone() {
        guard self.isCounted, self.outstanding == 0 else { return }
        self.completion.take()?(self.answers)
    }
}
