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
        /// How often they have been changed.
        var version = 0
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
            state.version += 1
            return state.children.values
        }
        for child in children { child.update(change) }
    }

    /// Sends an event to every socket of every namespace of the group that is there now.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        for child in self.children { try child.broadcast.emit(event, arguments: arguments) }
    }

    /// The handlers of this moment, and what ``adopt(_:madeAt:update:)`` knows them by.
    var handlers: (table: HandlerTable, version: Int) {
        self.state.withLock { ($0.handlers, $0.version) }
    }

    /// Takes in a namespace that was made for the group.
    ///
    /// `update`: gets the handlers if the namespace does not have those of `version`. Called with a lock held, so that no change comes in
    /// between; `version`: `nil` if they are wanted in any case.
    func adopt(_ child: Namespace, madeAt version: Int?, update: (HandlerTable) -> Void) {
        self.state.withLock { state in
            if state.version != version { update(state.handlers) }
            state.children[child.name] = child
        }
    }

    /// Whether a name is one of the group's pattern.
    func matches(_ name: String) -> Bool {
        if case .pattern(let pattern) = self.rule { pattern.matches(name) } else { false }
    }

    func remove(_ child: Namespace) {
        // Another of the same name may have been made meanwhile.
        self.state.withLock { if $0.children[child.name] === child { $0.children[child.name] = nil } }
    }
}
