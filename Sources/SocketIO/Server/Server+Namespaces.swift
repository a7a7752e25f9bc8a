// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Synchronization

// How namespaces come and go.
extension Server {
    /// Makes a namespace, unless there is one of this name by then.
    ///
    /// Adapters are made by code that is not ours, so no lock is held meanwhile, and what several threads make at once is let go but for
    /// the first, which nobody has noticed (``/SocketIOCore/AdapterFactory``).
    ///
    /// - Parameters:
    ///   - name: With a slash in front.
    ///   - parent: The group whose handlers it gets.
    ///   - isRecoverable: Whether clients may come back to it, if they may at all.
    ///   - isHeld: Whether a client is about to join.
    /// - Returns: The namespace that is there now.
    func make(_ name: String, parent: ParentNamespace?, isRecoverable: Bool = true, isHeld: Bool) -> Namespace {
        let instrumentations = self.registry.withLock { $0.instrumentations }
        let censuses = self.censuses.withLock { $0 }
        let inherited = parent?.handlers
        let made = Namespace(
            name: name,
            server: self,
            parent: parent,
            handlers: (inherited?.table ?? HandlerTable()).instrumented(instrumentations, name),
            censuses: censuses,
            isRecoverable: isRecoverable,
            makeAdapter: self.makeAdapter
        )
        let namespace = self.registry.withLock { registry in
            if let namespace = isHeld ? registry.hold(name) : registry[name] { return namespace }
            registry.add(made, isHeld: isHeld)
            // What was changed meanwhile counts as well.
            let current = registry.instrumentations
            let isCurrent = current.count == instrumentations.count
            let update: (HandlerTable) -> Void = { handlers in
                made.update { $0 = handlers.instrumented(current, name) }
            }
            if let parent {
                parent.adopt(made, madeAt: isCurrent ? inherited?.version : nil, update: update)
            } else if !isCurrent {
                update(HandlerTable())
            }
            return made
        }
        if namespace === made, censuses.isEmpty { namespace.takePart(in: self.censuses.withLock { $0 }) }
        namespace.open()
        return namespace
    }

    /// The namespace that a client asks for, as far as that can be told at once; held for it.
    func hold(_ name: String) -> Namespace? {
        let (namespace, parents) = self.registry.withLock { ($0.hold(name), $0.parents) }
        guard let namespace else {
            return parents.first { $0.matches(name) }.map { self.make(name, parent: $0, isHeld: true) }
        }
        namespace.open()
        return namespace
    }

    /// Whether it takes predicates to say that there is no namespace of a name.
    var hasPredicates: Bool {
        self.registry.withLock { registry in
            registry.parents.contains { if case .predicate = $0.rule { true } else { false } }
        }
    }

    /// The namespace that a predicate allows a client; held for it.
    func hold(_ name: String, askingFor handshake: Handshake) async -> Namespace? {
        for parent in self.registry.withLock({ $0.parents }) {
            guard case .predicate(let predicate) = parent.rule, await predicate(name, handshake) else { continue }
            return self.hold(name) ?? self.make(name, parent: parent, isHeld: true)
        }
        return nil
    }

    /// A client is not in a namespace, or not any more.
    func release(_ namespace: Namespace) {
        guard namespace.parent != nil else { return }
        switch self.registry.withLock({ $0.release(namespace) }) {
        case .kept:
            break
        case .removed:
            self.remove(namespace)
        case .emptied(let beginsWatch, let other):
            if let other { self.remove(other) }
            if beginsWatch, let sequencer = namespace.sequencer {
                sequencer.shard.run { self.look(at: namespace, sequencer) }
            }
        }
    }

    /// Removes a namespace that was emptied once nobody may come back to it.
    ///
    /// Call on the sequencer's shard, behind what was saved.
    private func look(at namespace: Namespace, _ sequencer: Sequencer) {
        let now = sequencer.shard.now
        let end = sequencer.restorableUntil.flatMap { $0 < now ? nil : $0 }
        switch self.registry.withLock({ $0.look(at: namespace, isRestorable: end != nil) }) {
        case .isOver:
            break
        case .isRemoved:
            self.remove(namespace)
        case .waits:
            // A session may be taken up to the last moment.
            let delay = ((end ?? now) + .milliseconds(1)) - now
            sequencer.shard.schedule(after: delay) { [weak self] in self?.look(at: namespace, sequencer) }
        }
    }

    private func remove(_ namespace: Namespace) {
        namespace.parent?.remove(namespace)
        namespace.close()
    }
}

extension HandlerTable {
    fileprivate func instrumented(
        _ instrumentations: [@Sendable (String, inout HandlerTable) -> Void],
        _ name: String
    ) -> HandlerTable {
        var table = self
        for instrumentation in instrumentations { instrumentation(name, &table) }
        return table
    }
}
