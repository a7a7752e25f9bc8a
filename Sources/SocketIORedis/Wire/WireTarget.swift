// Licensed under the MIT licence.

import SocketIOCore

/// Whom a message is for, as it is written.
struct WireTarget {
    let rooms: [String]
    let except: [String]
    let isMarking: Bool

    init(_ target: BroadcastTarget, _ names: RoomNames) {
        self.init(target, isMarking: names.needMarks(target.rooms + target.except))
    }

    init(_ target: BroadcastTarget, isMarking: Bool) {
        self.isMarking = isMarking
        let rooms = target.onlyRoom.map { [$0] } ?? target.rooms
        self.rooms = rooms.map { RoomNames.text($0, isMarking: isMarking) }
        self.except =
            target.except.map { RoomNames.text($0, isMarking: isMarking) } + (target.exceptSocket.map { [$0] } ?? [])
    }
}

extension BroadcastTarget {
    /// The room that a message is for, if it is for one alone, however often that is named.
    var onlyRoom: Room? {
        guard let first = self.rooms.first, self.rooms.dropFirst().allSatisfy({ $0 == first }) else { return nil }
        return first
    }
}

extension JSONObject {
    /// The options of a message: `{rooms, except, flags}`.
    init(_ target: WireTarget, isVolatile: Bool = false, timeout: Duration? = nil) {
        self.init()
        self.write("rooms", target.rooms)
        self.write("except", target.except)
        var flags = JSONObject()
        if isVolatile { flags.write("volatile", true) }
        if let timeout { flags.write("timeout", timeout.wholeMilliseconds) }
        self.write("flags", flags)
        if target.isMarking { self.write(RoomNames.flag, true) }
    }
}
