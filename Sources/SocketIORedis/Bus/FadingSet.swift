// Licensed under the MIT licence.

/// A set whose elements go by themselves: each at the second tick after it was last put in.
///
/// Ticks are needed only while there is an element.
struct FadingSet<Element: Hashable & Sendable>: Sendable {
    private var fresh: Set<Element> = []
    private var old: Set<Element> = []
    private var isTicking = false

    func contains(_ element: Element) -> Bool { self.fresh.contains(element) || self.old.contains(element) }

    /// Puts an element in, or makes one fresh again.
    /// - Returns: Whether ``tick()`` has to be called from now on.
    mutating func insert(_ element: Element) -> Bool {
        self.fresh.insert(element)
        defer { self.isTicking = true }
        return !self.isTicking
    }

    /// Some time has passed.
    /// - Returns: The elements that are gone, and whether another tick is needed.
    mutating func tick() -> (gone: Set<Element>, needsTick: Bool) {
        let gone = self.old.subtracting(self.fresh)
        self.old = self.fresh
        self.fresh = []
        self.isTicking = !self.old.isEmpty
        return (gone, self.isTicking)
    }
}
