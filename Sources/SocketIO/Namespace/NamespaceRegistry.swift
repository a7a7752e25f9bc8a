// Licensed under the MIT licence.

/// The namespaces of a server, by name.
///
/// A namespace that was made for a client is held by each client that is in it or about to be; the last to let go empties it. Then
/// it goes, at once or, where clients may come back, a while later (``NamespaceRegistry/Release/emptied(beginsWatch:instead:)``).
///
/// Kept behind a lock by ``Server``, which takes it for each CONNECT packet, not for messages, and calls nobody else's code meanwhile.
struct NamespaceRegistry {
    /// What letting go of a namespace came to.
    enum Release {
        /// It stays.
        case kept
        /// It is gone.
        case removed
        /// Nobody is in it, but clients may come back.
        ///
        /// - `beginsWatch`: whether the caller is to call ``NamespaceRegistry/look(at:isRestorable:)`` again and again until it says
        ///   that there is no need any more; otherwise somebody does already.
        /// - `instead`: another one that is gone, since too many were empty.
        case emptied(beginsWatch: Bool, instead: Namespace?)
    }

    /// What a look at an empty namespace came to.
    enum Look {
        /// It is in use again, or was removed before.
        case isOver
        /// It has been removed.
        case isRemoved
        /// It is to be looked at later.
        case waits
    }

    private struct Entry {
        var namespace: Namespace
        var holds: Int
        var isWatched = false
    }

    private var entries: [String: Entry] = [:]
    private var emptied: EmptiedNamespaces
    private(set) var parents: [ParentNamespace] = []
    /// What is done to the handlers of every namespace that is made.
    var instrumentations: [@Sendable (String, inout HandlerTable) -> Void] = []

    init(maximumEmpty: Int) {
        self.emptied = EmptiedNamespaces(maximumCount: maximumEmpty)
    }

    var all: [Namespace] { self.entries.values.map(\.namespace) }

    subscript(name: String) -> Namespace? { self.entries[name]?.namespace }

    mutating func add(_ namespace: Namespace, isHeld: Bool) {
        self.entries[namespace.name] = Entry(namespace: namespace, holds: isHeld ? 1 : 0)
    }

    mutating func add(_ parent: ParentNamespace) {
        self.parents.append(parent)
    }

    /// The namespace of a name, if there is one, held until ``release(_:)``.
    mutating func hold(_ name: String) -> Namespace? {
        guard let namespace = self.entries[name]?.namespace else { return nil }
        self.entries[name]?.holds += 1
        self.emptied.remove(name)
        return namespace
    }

    /// Lets go of a namespace.
    mutating func release(_ namespace: Namespace) -> Release {
        let name = namespace.name
        guard let entry = self.entries[name], entry.namespace === namespace else { return .kept }
        self.entries[name]?.holds -= 1
        guard entry.holds <= 1, let parent = namespace.parent, parent.removesEmpty else { return .kept }
        guard namespace.sequencer != nil else {
            self.entries[name] = nil
            return .removed
        }
        self.entries[name]?.isWatched = true
        let oldest = self.emptied.add(name).flatMap { self.entries.removeValue(forKey: $0)?.namespace }
        return .emptied(beginsWatch: !entry.isWatched && oldest !== namespace, instead: oldest)
    }

    /// Looks whether a namespace that was emptied is to go; `isRestorable`: whether clients may still come back to it.
    mutating func look(at namespace: Namespace, isRestorable: Bool) -> Look {
        let name = namespace.name
        guard let entry = self.entries[name], entry.namespace === namespace else { return .isOver }
        guard entry.holds <= 0 else {
            self.entries[name]?.isWatched = false
            return .isOver
        }
        guard !isRestorable else { return .waits }
        self.entries[name] = nil
        self.emptied.remove(name)
        return .isRemoved
    }
}
