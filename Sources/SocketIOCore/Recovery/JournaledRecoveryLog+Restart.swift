// Licensed under the MIT licence.

package import NIOCore

// What an application that numbers its events needs to know when it goes on after a restart.
extension JournaledRecoveryLog {
    /// The rooms of the clients that are away and may come back.
    package var awaitedRooms: Set<Room> { self.memory.awaitedRooms }

    /// The last event of a name that each room was sent, as far as it is kept.
    package func lastEvents(named name: String) -> [Room: RecoverableEvent] { self.memory.lastEvents(named: name) }

    /// All that was sent later is kept; `nil` if nothing is.
    package var completeSince: NIODeadline? { self.memory.completeSince }
}
