// Licensed under the MIT licence.

package import Chat

/// A room that a store knows.
package struct RoomSummary: Hashable, Sendable {
    /// The room.
    package let id: RoomID
    /// The `seq` of its last message, retained or not; 0 if there has been none.
    package let lastSequence: Int
}
