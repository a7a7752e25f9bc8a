// Licensed under the MIT licence.

import Synchronization

/// What handlers saw, in order.
final class Recorder<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { self.elements.withLock { $0 } }

    func add(_ element: Element) {
        self.elements.withLock { $0.append(element) }
    }
}
