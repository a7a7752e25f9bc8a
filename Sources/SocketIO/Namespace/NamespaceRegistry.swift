// Licensed under the MIT licence.

/// The namespaces of a server, by name.
///
/// A namespace that was made for a client is held by each client that is in it or about to be; the last to let go removes it.
/// Kept behind a lock by ``Server``, which takes it for each CONNECT packet, not for messages.
struct NamespaceRegistry {
    private struct Entry {
        var namespace: Namespace
        var holds = 0
    }

    private var entries: [String: Entry] = [:]
    private(set) var parents: [ParentNamespace] = []
    /// What is done to the handlers of every namespace that is made.
    var instrumentations: [@Sendable (String, inout HandlerTable) -> Void] = []

    var all: [Namespace] { self.entries.values.map(\.namespace) }

    subscript(name: String) -> Namespace? { self.entries[name]?.namespace }

    mutating func add(_ namespace: Namespace) {
        self.entries[namespace.name] = Entry(namespace: namespace)
    }

    mutating func add(_ parent: ParentNamespace) {
        self.parents.append(parent)
    }

    /// The namespace of a name, if there is one, held until ``release(_:)``.
    mutating func hold(_ name: String) -> Namespace? {
        self.entries[name]?.holds += 1
        return self.entries[name]?.namespace
    }

    /// Lets go of a namespace; returns whether it is gone.
    mutating func release(_ namespace: Namespace) -> Bool {
        guard let entry = self.entries[namespace.name], entry.namespace === namespace else { return false }
        self.entries[namespace.name]?.holds -= 1
        guard entry.holds <= 1, let parent = namespace.parent, parent.removesEmpty else { return false }
        self.entries[namespace.name] = nil
        return true
    }

    /// The first group whose pattern a name matches.
    func parent(matching name: String) -> ParentNamespace? {
        self.parents.first { parent in
            if case .pattern(let pattern) = parent.rule { pattern.matches(name) } else { false }
        }
    }
}
