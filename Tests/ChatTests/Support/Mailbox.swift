// Licensed under the MIT licence.

import Synchronization

/// What completions have brought, until somebody takes it.
final class Mailbox<Content: Sendable>: Sendable {
    private let contents = Mutex<[Content]>([])

    func add(_ content: Content) {
        self.contents.withLock { $0.append(content) }
    }

    func take() -> [Content] {
        self.contents.withLock { contents in
            defer { contents = [] }
            return contents
        }
    }
}
