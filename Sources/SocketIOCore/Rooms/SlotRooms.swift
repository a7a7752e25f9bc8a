// Licensed under the MIT licence.

/// The rooms that one slot is in: for each, its number and where in its member array the slot stands.
///
/// Most sockets are in one or two rooms, so two memberships are stored in place; only more need an array, and only a
/// crowd of them a dictionary, which keeps the search from growing with their number.
struct SlotRooms: Sendable {
    struct Membership: Sendable {
        /// The room's number in the index.
        var room: UInt32
        /// The slot's place among the room's members.
        var position: UInt32
    }

    /// From this many memberships on they are found by dictionary.
    static let crowd = 48
    /// At this many the dictionary is given up; lower than `crowd`, so that joining and leaving at the border does not
    /// build it again and again.
    static let crowdGone = 24

    private var first = Membership(room: 0, position: 0)
    private var second = Membership(room: 0, position: 0)
    private var more: [Membership] = []
    /// Room number → index, while there is a crowd.
    private var indices: [UInt32: UInt32]?
    private(set) var count = 0

    subscript(index: Int) -> Membership {
        get {
            switch index {
            case 0: self.first
            case 1: self.second
            default: self.more[index - 2]
            }
        }
        set {
            switch index {
            case 0: self.first = newValue
            case 1: self.second = newValue
            default: self.more[index - 2] = newValue
            }
        }
    }

    /// The index of the membership in `room`.
    func index(of room: UInt32) -> Int? {
        if let indices = self.indices { return indices[room].map(Int.init) }
        if self.count > 0, self.first.room == room { return 0 }
        if self.count > 1, self.second.room == room { return 1 }
        return self.more.firstIndex { $0.room == room }.map { $0 + 2 }
    }

    /// Adds a membership in a room that is not among them.
    mutating func append(_ membership: Membership) {
        if self.count >= 2 {
            self.more.append(membership)
        } else {
            self[self.count] = membership
        }
        self.count += 1
        if self.indices != nil {
            self.indices?[membership.room] = UInt32(self.count - 1)
        } else if self.count >= Self.crowd {
            var indices: [UInt32: UInt32] = [:]
            for index in 0..<self.count { indices[self[index].room] = UInt32(index) }
            self.indices = indices
        }
    }

    /// Takes out the membership at `index`; the last one takes its place.
    mutating func remove(at index: Int) {
        let removed = self[index]
        let last = self[self.count - 1]
        self[index] = last
        if self.count > 2 { self.more.removeLast() }
        self.count -= 1
        // An array that held something keeps its memory; two memberships need none.
        if self.count == 2 { self.more = [] }
        if self.count <= Self.crowdGone {
            self.indices = nil
        } else if self.indices != nil {
            self.indices?[last.room] = UInt32(index)
            self.indices?[removed.room] = nil
        }
    }
}
