// Licensed under the MIT licence.

import Chat
import Logging
import NIOCore
import Synchronization

/// Whether clients should be sent here: what `/ready` answers.
final class Readiness: Sendable {
    private let storeKind: ChatServerConfiguration.Storage.Kind
    private let store: any MessageStore
    private let bus: (@Sendable () async -> ComponentState)?
    private let openness: ChatServerConfiguration.Access.Openness
    private let draining = Atomic(false)
    /// What the log was told last.
    private let told = Mutex<Logger.Message?>(nil)

    /// Looks at a store, and at what joins nodes if there are several (`bus`).
    init(
        storeKind: ChatServerConfiguration.Storage.Kind,
        store: any MessageStore,
        bus: (@Sendable () async -> ComponentState)? = nil,
        openness: ChatServerConfiguration.Access.Openness = .open
    ) {
        self.openness = openness
        self.storeKind = storeKind
        self.store = store
        self.bus = bus
    }

    /// Whether the server has been asked to stop.
    var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    /// The server has been asked to stop; from now on it is not ready.
    func drain() {
        self.draining.store(true, ordering: .relaxed)
    }

    /// What `/ready` answers.
    ///
    /// `{"status":"ready","access":"open","components":{"store":{"status":"ok","kind":"memory"},"bus":{"status":"ok","kind":"local"}}}`;
    /// `status` may also be `draining` or `failing`, `access` also `partial` or `closed`. The reason of a failure is for our own log, not for strangers.
    ///
    /// - Parameter logger: Told when something begins to fail and when nothing does any more, not of each failure in between.
    /// - Returns: Whether clients should be sent here, and the answer's body.
    func report(logger: Logger) async -> (isReady: Bool, body: ByteBuffer) {
        async let storeState = self.store.state
        async let busState = self.bus?() ?? .ok
        let (store, bus) = await (storeState, busState)
        let failure: (message: Logger.Message, reason: String)? =
            switch (store, bus) {
            case (.failing(let reason), _): ("the store does not answer", reason)
            case (.ok, .failing(let reason)): ("a connection to the other nodes does not answer", reason)
            case (.ok, .ok): nil
            }
        self.tell(failure, to: logger)
        let status = self.isDraining ? "draining" : failure == nil ? "ready" : "failing"
        let body = ByteBuffer(
            string: """
                {"status":"\(status)","access":"\(self.openness.rawValue)","components":{\
                "store":{"status":"\(store.word)","kind":"\(self.storeKind.rawValue)"},\
                "bus":{"status":"\(bus.word)","kind":"\(self.bus == nil ? "local" : "redis")"}}}
                """
        )
        return (status == "ready", body)
    }

    private func tell(_ failure: (message: Logger.Message, reason: String)?, to logger: Logger) {
        let isNews = self.told.withLock { told in
            defer { told = failure?.message }
            return told != failure?.message
        }
        guard isNews else { return }
        if let (message, reason) = failure {
            logger.warning(message, metadata: ["error.reason": "\(reason)"])
        } else {
            logger.notice("all that /ready asks answers again")
        }
    }
}
