// Licensed under the MIT licence.

/// Who is in which room: the sockets of one namespace on one shard, known by their slots.
///
/// Theory of operation. A slot is *present* between ``add(_:)`` and ``remove(_:)``; only present slots can join rooms.
/// The members of a room are one dense array, so that a broadcast walks contiguous memory; leaving swaps the last
/// member into the gap. Rooms have numbers, used again after they are empty, and each present slot lists the numbers of
/// its rooms together with its place in each (`SlotRooms`), so that leaving searches no room. The present slots are a
/// dense array too, which is the broadcast to everybody, and their lists lie parallel to it: memory follows the slots
/// that are present, apart from eight bytes for each slot number up to the highest ever seen.
///
/// Joining and leaving take constant time on average, whatever the size of the room. The order of members is undefined.
public struct RoomIndex: Sendable {
    /// What joining did.
    public enum JoinResult: Sendable, Equatable {
        /// The slot is now a member of a room that had members.
        case joined
        /// The slot is the first member.
        case created
        /// Nothing: the slot is a member already.
        case alreadyMember
        /// Nothing: the slot is not present; its socket has left the namespace, and a late join must not bring it back.
        case absent
    }

    /// What leaving did.
    public enum LeaveResult: Sendable, Equatable {
        /// The slot is out, others are still in.
        case left
        /// The slot was the last member: the room is gone.
        case emptied
        /// Nothing: the slot is no member.
        case notMember
    }

    struct Entry: Sendable {
        var room: Room
        var members: [UInt32]
    }

    private static let nowhere = UInt32.max

    var numbers: [Room: UInt32] = [:]
    /// By number; a free number keeps an entry without members.
    var entries: [Entry] = []
    private var freeNumbers: [UInt32] = []
    /// The present slots.
    var present: [UInt32] = []
    /// Parallel to `present`.
    var roomsOfPresent: [SlotRooms] = []
    /// By slot: its place in `present`, or `nowhere`.
    private var places: [UInt32] = []
    /// By slot: the number of the last selection that has met it.
    var stamps: [UInt32] = []
    var selection: UInt32 = 0

    /// Makes an index without slots and rooms.
    public init() {}

    /// How many slots are present.
    public var slotCount: Int { self.present.count }

    /// How many rooms have members.
    public var roomCount: Int { self.numbers.count }

    /// The rooms that have members, in no order.
    public var rooms: some Collection<Room> { self.numbers.keys }

    // MARK: Slots

    /// Makes `slot` present: its socket is now in the namespace, and in no room.
    ///
    /// - Returns: Whether it was not present before.
    @discardableResult
    public mutating func add(_ slot: UInt32) -> Bool {
        let index = Int(slot)
        if index >= self.places.count {
            let missing = index + 1 - self.places.count
            self.places.append(contentsOf: repeatElement(Self.nowhere, count: missing))
            self.stamps.append(contentsOf: repeatElement(0, count: missing))
        }
        guard self.places[index] == Self.nowhere else { return false }
        self.places[index] = UInt32(self.present.count)
        self.present.append(slot)
        self.roomsOfPresent.append(SlotRooms())
        return true
    }

    /// Whether `slot` is present.
    public func contains(_ slot: UInt32) -> Bool { self.place(of: slot) != nil }

    /// Takes `slot` out of all its rooms and makes it absent: its socket has left the namespace.
    ///
    /// - Returns: The rooms that are gone with it.
    @discardableResult
    public mutating func remove(_ slot: UInt32) -> [Room] {
        guard let place = self.place(of: slot) else { return [] }
        let emptied = self.leaveAll(slot)
        let last = self.present[self.present.count - 1]
        self.present.swapAt(place, self.present.count - 1)
        self.roomsOfPresent.swapAt(place, self.roomsOfPresent.count - 1)
        self.present.removeLast()
        self.roomsOfPresent.removeLast()
        self.places[Int(last)] = UInt32(place)
        self.places[Int(slot)] = Self.nowhere
        return emptied
    }

    func place(of slot: UInt32) -> Int? {
        guard Int(slot) < self.places.count else { return nil }
        let place = self.places[Int(slot)]
        return place == Self.nowhere ? nil : Int(place)
    }

    // MARK: Membership

    /// Makes `slot` a member of `room`.
    @discardableResult
    public mutating func join(_ slot: UInt32, _ room: Room) -> JoinResult {
        guard let place = self.place(of: slot) else { return .absent }
        let number = self.numbers[room]
        if let number, self.roomsOfPresent[place].index(of: number) != nil { return .alreadyMember }
        let joined = number ?? self.create(room)
        let position = self.entries[Int(joined)].members.count
        self.entries[Int(joined)].members.append(slot)
        self.roomsOfPresent[place].append(.init(room: joined, position: UInt32(position)))
        return number == nil ? .created : .joined
    }

    /// Ends the membership of `slot` in `room`.
    @discardableResult
    public mutating func leave(_ slot: UInt32, _ room: Room) -> LeaveResult {
        guard
            let place = self.place(of: slot),
            let number = self.numbers[room],
            let index = self.roomsOfPresent[place].index(of: number)
        else { return .notMember }
        return self.leave(place, membership: index) ? .emptied : .left
    }

    /// Ends all memberships of `slot`, which stays present.
    ///
    /// - Returns: The rooms that are gone with it.
    @discardableResult
    public mutating func leaveAll(_ slot: UInt32) -> [Room] {
        guard let place = self.place(of: slot) else { return [] }
        var emptied: [Room] = []
        while self.roomsOfPresent[place].count > 0 {
            let last = self.roomsOfPresent[place].count - 1
            let room = self.entries[Int(self.roomsOfPresent[place][last].room)].room
            if self.leave(place, membership: last) { emptied.append(room) }
        }
        return emptied
    }

    /// Whether `slot` is a member of `room`.
    public func contains(_ slot: UInt32, in room: Room) -> Bool {
        guard let place = self.place(of: slot), let number = self.numbers[room] else { return false }
        return self.roomsOfPresent[place].index(of: number) != nil
    }

    /// The rooms that `slot` is in, in no order; empty if it is not present.
    public func rooms(of slot: UInt32) -> [Room] {
        guard let place = self.place(of: slot) else { return [] }
        let rooms = self.roomsOfPresent[place]
        return (0..<rooms.count).map { self.entries[Int(rooms[$0].room)].room }
    }

    /// How many rooms `slot` is in.
    public func roomCount(of slot: UInt32) -> Int {
        self.place(of: slot).map { self.roomsOfPresent[$0].count } ?? 0
    }

    private mutating func create(_ room: Room) -> UInt32 {
        let number: UInt32
        if let free = self.freeNumbers.popLast() {
            number = free
            self.entries[Int(number)].room = room
        } else {
            number = UInt32(self.entries.count)
            self.entries.append(Entry(room: room, members: []))
        }
        self.numbers[room] = number
        return number
    }

    /// - Returns: Whether the room is gone.
    private mutating func leave(_ place: Int, membership index: Int) -> Bool {
        let membership = self.roomsOfPresent[place][index]
        self.roomsOfPresent[place].remove(at: index)
        let number = Int(membership.room)
        let moved = self.entries[number].members.removeLast()
        guard !self.entries[number].members.isEmpty else {
            self.numbers[self.entries[number].room] = nil
            self.entries[number] = Entry(room: "", members: [])
            self.freeNumbers.append(membership.room)
            return true
        }
        if Int(membership.position) < self.entries[number].members.count {
            self.entries[number].members[Int(membership.position)] = moved
            if let place = self.place(of: moved), let index = self.roomsOfPresent[place].index(of: membership.room) {
                self.roomsOfPresent[place][index].position = membership.position
            }
        }
        return false
    }
}
