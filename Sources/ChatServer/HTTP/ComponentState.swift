// Licensed under the MIT licence.

import Chat

/// Whether a part of the server can do its work.
enum ComponentState: Equatable, Sendable {
    case ok
    /// It cannot; why is for our own log.
    case failing(String)
}

extension MessageStore {
    /// Whether the store answers.
    var state: ComponentState {
        get async {
            guard let room = try? RoomID("ready") else { return .ok }
            // Any read does; whether the room exists is of no interest.
            let outcome = await withCheckedContinuation { continuation in
                self.lastSequence(of: room) { continuation.resume(returning: $0) }
            }
            return switch outcome {
            case .success: .ok
            case .failure(let error): .failing(error.reason)
            }
        }
    }
}
