// Licensed under the MIT licence.

import Chat
import NIOCore
import Synchronization

/// Whether clients should be sent here: what `/ready` answers.
final class Readiness: Sendable {
    private let storeKind: ChatServerConfiguration.Storage.Kind
    private let store: any MessageStore
    private let draining = Atomic(false)

    init(storeKind: ChatServerConfiguration.Storage.Kind, store: any MessageStore) {
        self.storeKind = storeKind
        self.store = store
    }

    /// Whether the server has been asked to stop.
    var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    /// The server has been asked to stop; from now on it is not ready.
    func drain() {
        self.draining.store(true, ordering: .relaxed)
    }

    /// What `/ready` answers.
    ///
    /// `{"status":"ready","components":{"store":{"status":"ok","kind":"memory"},"bus":{"status":"ok","kind":"local"}}}`;
    /// `status` may also be `draining` or `failing`. The reason of a failure is for our own log, not for strangers.
    func report() async -> (isReady: Bool, body: ByteBuffer, reason: String?) {
        var reason: String?
        if case .failing(let text) = await self.store.state { reason = text }
        let store = reason == nil ? "ok" : "failing"
        let status = self.isDraining ? "draining" : reason == nil ? "ready" : "failing"
        // On Redis one connection is both.
        let bus = self.storeKind == .redis ? (store, "redis") : ("ok", "local")
        let body = ByteBuffer(
            string: """
                {"status":"\(status)","components":{\
                "store":{"status":"\(store)","kind":"\(self.storeKind.rawValue)"},\
                "bus":{"status":"\(bus.0)","kind":"\(bus.1)"}}}
                """
        )
        return (status == "ready", body, reason)
    }
}
