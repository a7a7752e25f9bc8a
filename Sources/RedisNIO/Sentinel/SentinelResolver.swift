// Licensed under the MIT licence.

import NIOCore

/// Finds the master by asking sentinels; each question has a connection of its own, which ends with the answer.
final class SentinelResolver: EndpointSource, RedisConnectionDelegate {
    private let surroundings: ClientSurroundings
    private let directory: SentinelDirectory
    private var resolution = SentinelResolution(sentinels: [])
    private var completion: ((Result<RedisEndpoint, RedisError>) -> Void)?
    private var connection: RedisConnection?
    private var timer: Scheduled<Void>?

    init(_ surroundings: ClientSurroundings, directory: SentinelDirectory) {
        self.surroundings = surroundings
        self.directory = directory
    }

    func next(_ completion: @escaping (Result<RedisEndpoint, RedisError>) -> Void) {
        // Whoever asks anew is not interested in the answer of before.
        if let connection { self.detach(connection) }
        self.completion = completion
        self.resolution = SentinelResolution(sentinels: self.directory.endpoints)
        self.perform(self.resolution.started())
    }

    func close() {
        self.completion = nil
        self.connection?.close(RedisError(.closed))
    }

    private func perform(_ action: SentinelResolution.Action) {
        switch action {
        case .ask(let sentinel):
            self.ask(sentinel)
        case .found(let master, let sentinel):
            self.directory.answered(sentinel)
            self.finish(.success(master))
        case .failed:
            self.finish(.failure(RedisError(.noMaster, message: "no sentinel names a master")))
        }
    }

    private func finish(_ result: Result<RedisEndpoint, RedisError>) {
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }

    private func ask(_ sentinel: RedisEndpoint) {
        let connection = RedisConnection(
            role: .commands,
            handshake: self.directory.handshake,
            times: ConnectionTimes(self.surroundings.configuration),
            limits: self.surroundings.configuration.replyLimits,
            eventLoop: self.surroundings.eventLoop,
            counters: self.surroundings.counters,
            delegate: self
        )
        self.connection = connection
        // One time for all of it: the connection, the greeting and the answer.
        let timeout = self.surroundings.configuration.connectTimeout
        self.timer = self.surroundings.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            connection.close(RedisError(.connectionFailed, message: "the sentinel did not answer in time"))
        }
        self.surroundings.connect(connection, to: sentinel).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                if self.connection !== connection { channel.close(promise: nil) }
            case .failure:
                connection.close(RedisError(.connectionFailed, message: "no connection could be made"))
            }
        }
    }

    // MARK: RedisConnectionDelegate

    func connectionBecameReady(_ connection: RedisConnection) {
        let question = RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", .text(self.directory.masterName))
        // The answer is taken where all answers come; there is nobody else to tell.
        connection.send(RedisRequest(.command(question), deadline: .distantFuture) { _ in })
    }

    func connection(_ connection: RedisConnection, answered request: RedisRequest, with reply: RESPValue) {
        guard connection === self.connection else { return }
        self.detach(connection)
        self.perform(self.resolution.answered(reply))
    }

    func connection(_ connection: RedisConnection, received value: RESPValue) {}

    func connection(_ connection: RedisConnection, gaveUp requests: [RedisRequest]) {}

    func connectionClosed(_ connection: RedisConnection, reason: RedisError, unanswered: [RedisRequest]) {
        guard connection === self.connection else { return }
        self.detach(connection)
        guard self.completion != nil else { return }
        self.perform(self.resolution.failed())
    }

    private func detach(_ connection: RedisConnection) {
        self.timer?.cancel()
        self.timer = nil
        self.connection = nil
        connection.close(RedisError(.closed))
    }
}
