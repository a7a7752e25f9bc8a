// Licensed under the MIT licence.

/// Tells one join or leave of a room by a socket from its others, so that an answer that has been overtaken changes nothing.
package struct JoinTicket: Hashable, Sendable {
    let number: UInt32
}
