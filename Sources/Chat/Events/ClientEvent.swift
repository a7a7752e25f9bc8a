// Licensed under the MIT licence.

/// The events that clients send, by the contract's names.
package enum ClientEvent: String, CaseIterable, Sendable {
    /// ``AuthenticateRequest``.
    case authenticate
    /// ``JoinRequest``.
    case join
    /// ``RoomRequest``.
    case leave
    /// ``MessageRequest``.
    case message
    /// ``HistoryRequest``.
    case history
    /// ``TypingRequest``.
    case typing
    /// ``ReadRequest``.
    case read
    /// ``StatusRequest``.
    case subscribeStatus = "subscribe_status"
    /// ``StatusRequest``.
    case unsubscribeStatus = "unsubscribe_status"
}
