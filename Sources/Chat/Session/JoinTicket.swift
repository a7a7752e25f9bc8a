// Licensed under the MIT licence.

/// Tells one join of a room by a socket from its others, so that a refusal that has been overtaken changes nothing.
package struct JoinTicket: Hashable, Sendable {
    let number: UInt32
}
