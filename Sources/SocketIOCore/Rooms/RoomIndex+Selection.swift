// Licensed under the MIT licence.

/// Who a broadcast goes to.
extension RoomIndex {
    /// How many members `room` has.
    public func memberCount(of room: Room) -> Int {
        self.numbers[room].map { self.entries[Int($0)].members.count } ?? 0
    }

    /// Calls `body` with the members of `room`, none if there is no such room.
    ///
    /// Nothing is copied or allocated. The index must not be changed meanwhile.
    public func withMembers<Result>(
        of room: Room,
        _ body: (UnsafeBufferPointer<UInt32>) throws -> Result
    ) rethrows -> Result {
        guard let number = self.numbers[room] else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
        return try self.entries[Int(number)].members.withUnsafeBufferPointer(body)
    }

    /// Calls `body` with all present slots.
    ///
    /// Nothing is copied or allocated. The index must not be changed meanwhile.
    public func withAllMembers<Result>(_ body: (UnsafeBufferPointer<UInt32>) throws -> Result) rethrows -> Result {
        try self.present.withUnsafeBufferPointer(body)
    }

    /// Selects the slots of a broadcast, each once.
    ///
    /// - Parameters:
    ///   - rooms: The slots that are in any of these; all present slots if there are none given.
    ///   - except: But not those that are in any of these.
    ///   - exceptSlot: And not this one.
    ///   - selected: Gets the slots in place of what it held; its memory is used again.
    public mutating func members(
        of rooms: [Room],
        except: [Room] = [],
        exceptSlot: UInt32? = nil,
        into selected: inout [UInt32]
    ) {
        selected.removeAll(keepingCapacity: true)
        guard rooms.count > 1 || !except.isEmpty else {
            self.copyMembers(of: rooms.first, exceptSlot: exceptSlot, into: &selected)
            return
        }
        let selection = self.nextSelection()
        if let exceptSlot, Int(exceptSlot) < self.stamps.count { self.stamps[Int(exceptSlot)] = selection }
        for room in except {
            guard let number = self.numbers[room] else { continue }
            for slot in self.entries[Int(number)].members { self.stamps[Int(slot)] = selection }
        }
        if rooms.isEmpty {
            Self.append(self.present, unlessStamped: selection, &self.stamps, to: &selected)
        }
        for room in rooms {
            guard let number = self.numbers[room] else { continue }
            Self.append(self.entries[Int(number)].members, unlessStamped: selection, &self.stamps, to: &selected)
        }
    }

    /// One source has no slot twice, so no stamps are needed, and the one slot left out is found by its membership.
    private func copyMembers(of room: Room?, exceptSlot: UInt32?, into selected: inout [UInt32]) {
        let excepted: UInt32?
        if let room {
            guard let number = self.numbers[room] else { return }
            selected.append(contentsOf: self.entries[Int(number)].members)
            let rooms = exceptSlot.flatMap { self.place(of: $0) }.map { self.roomsOfPresent[$0] }
            excepted = rooms.flatMap { rooms in rooms.index(of: number).map { rooms[$0].position } }
        } else {
            selected.append(contentsOf: self.present)
            excepted = exceptSlot.flatMap { self.place(of: $0) }.map { UInt32($0) }
        }
        guard let excepted else { return }
        selected.swapAt(Int(excepted), selected.count - 1)
        selected.removeLast()
    }

    private static func append(
        _ slots: [UInt32],
        unlessStamped selection: UInt32,
        _ stamps: inout [UInt32],
        to selected: inout [UInt32]
    ) {
        for slot in slots where stamps[Int(slot)] != selection {
            stamps[Int(slot)] = selection
            selected.append(slot)
        }
    }

    private mutating func nextSelection() -> UInt32 {
        if self.selection == .max {
            // Four thousand million selections later the numbers begin again, so old stamps must go.
            for index in self.stamps.indices { self.stamps[index] = 0 }
            self.selection = 0
        }
        self.selection += 1
        return self.selection
    }
}
