// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore

/// What the chat is told at start.
struct ChatSettings: Sendable {
    /// Sizes that peers control.
    var limits = ChatLimits()
    /// How much one socket may send; nothing for no bound (`RATE_LIMITS=off`).
    var rateLimits: RateLimits? = RateLimits()
    /// The most bytes of events that wait until a token has been checked (`MAX_PAYLOAD_BYTES`).
    var maximumWaitingBytes = EngineIOOptions.defaultMaxHTTPBufferSize
    /// How long a room stays open for clients that have lost their connections (`RECOVERY_WINDOW` and some).
    var recoveryWindow: TimeAmount = .seconds(130)
    /// How long a user stays online after the last disconnect (`PRESENCE_GRACE`).
    var presenceGrace: TimeAmount = .zero
}
