// Licensed under the MIT licence.

import Synchronization

/// A group of namespaces that are made when clients ask for them.
///
/// Such as `/tenant-1`, `/tenant-2` and so on.
/// Its handlers are those of every namespace in it, also of those that are there already; a namespace may have further ones of its own.
///
/// ```swift
/// io.of(pattern: "/tenant-*").onConnect { socket in … socket.namespace.name … }
/// ```
/// All members may be called from anywhere.
public final class ParentNamespace: NamespaceHandlers {
    /// What decides whether a name belongs to the group.
    enum Rule: Sendable {
        case pattern(NamespacePattern)
        case predicate(@Sendable (String, Handshake) async -> Bool)
    }

    let rule: Rule
    let removesEmpty: Bool
    private let state = Mutex(State())

    private struct State {
        var handlers = HandlerTable()
        var children: [String: Namespace] = [:]
    }

    init(_ rule: Rule, removesEmpty: Bool) {
        self.rule = rule
        self.removesEmpty = removesEmpty
    }

    /// The namespaces that are there now, in no order.
    public var children: [Namespace] { Array(self.state.withLock { $0.children }.values) }

    /// Changes what happens in every namespace of the group.
    public func update(_ change: @escaping @Sendable (inout HandlerTable) -> Void) {
        let children = self.state.withLock { state in
            change(&state.handlers)
            return state.children.values
        }
        for child in children { child.update(change) }
    }

    /// Sends an event to every socket of every namespace of the group that is there now.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        for child in self.children { try child.broadcast.emit(event, arguments: arguments) }
    }

    /// Makes a namespace of the group, with the handlers of this moment.
    func makeChild(_ make: (HandlerTable) -> Namespace) -> Namespace {
        self.state.withLock { state in
            let child = make(state.handlers)
            state.children[child.name] = child
            return child
        }
    }

    func remove(_ child: Namespace) {
        // Another of the same name may have been made meanwhile.
        self.state.withLock { if $0.children[child.name] === child { $0.children[child.name] = nil } }
    }
}
