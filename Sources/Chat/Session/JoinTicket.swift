// Licensed under the MIT licence.

/// Tells one join of a room by a socket from its others, so that an answer that has been overtaken by a leave changes nothing.
package struct JoinTicket: Hashable, Sendable {
    /// The same for all joins from when the socket comes to the room until it leaves.
    let membership: UInt32
    let number: UInt32
}
