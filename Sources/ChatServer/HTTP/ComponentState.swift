// Licensed under the MIT licence.

import Chat

/// Whether a part of the server can do its work.
enum ComponentState: Equatable, Sendable {
    case ok
    /// It cannot; why is for our own log.
    case failing(String)

    /// What `/ready` calls it.
    var word: String { self == .ok ? "ok" : "failing" }
}

extension MessageStore {
    /// Whether the store stores.
    var state: ComponentState {
        get async {
            let outcome = await withCheckedContinuation { continuation in
                self.check { continuation.resume(returning: $0) }
            }
            return switch outcome {
            case .success: .ok
            case .failure(let error): .failing(error.reason)
            }
        }
    }
}
