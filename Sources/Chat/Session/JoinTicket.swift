// Licensed under the MIT licence.

/// Tells one join of a room by a socket from its next, so that an answer that has been overtaken by a leave changes nothing.
package struct JoinTicket: Hashable, Sendable {
    let number: UInt32
}
