// Licensed under the MIT licence.

import NIOCore

/// The users of a room, written once for the `room_users` event and the acknowledgement that goes with it.
package struct EncodedUsers: Sendable {
    /// An array of ids, in the order given: `["u1","u2"]`.
    let array: ByteBuffer

    /// Writes the ids.
    package init(_ users: [UserID]) {
        self.array = JSONSink.buffer { $0.ids(users) }
    }
}
