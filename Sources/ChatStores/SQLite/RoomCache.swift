// Licensed under the MIT licence.

import Chat

/// What the writer knows of the rooms that were written to of late, so that an append need not ask for it.
///
/// Holds what the writer's transaction sees; to be emptied when a transaction is rolled back.
struct RoomCache {
    /// One room.
    struct Room {
        /// Its key in the database.
        let number: Int
        /// The `seq` of its last message.
        var last: Int
        /// No message has a smaller `seq`; one more than `last` if there are none.
        var first: Int
    }

    private let capacity: Int
    private var places: [RoomID: Int] = [:]
    private var rooms: [(id: RoomID, room: Room)] = []
    private var recency = RecencyLists(lists: 1)

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Where a room is, if it is known; it counts as used now.
    mutating func place(of id: RoomID) -> Int? {
        guard let place = self.places[id] else { return nil }
        self.recency.touch(place, list: 0)
        return place
    }

    subscript(place: Int) -> Room {
        get { self.rooms[place].room }
        set { self.rooms[place].room = newValue }
    }

    /// Remembers a room, in the place of the one that was not used for longest if there are too many.
    mutating func insert(_ id: RoomID, _ room: Room) -> Int {
        let place: Int
        if self.rooms.count < self.capacity {
            place = self.rooms.count
            self.rooms.append((id, room))
        } else {
            place = self.recency.first(of: 0) ?? 0
            self.places[self.rooms[place].id] = nil
            self.rooms[place] = (id, room)
        }
        self.places[id] = place
        self.recency.touch(place, list: 0)
        return place
    }

    /// Messages up to this `seq` have gone; nothing happens if the room is not known.
    mutating func dropped(through seq: Int, of id: RoomID) {
        guard let place = self.places[id] else { return }
        self.rooms[place].room.first = max(self.rooms[place].room.first, seq + 1)
    }

    mutating func removeAll() {
        self = RoomCache(capacity: self.capacity)
    }
}
