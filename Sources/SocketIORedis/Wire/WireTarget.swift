// Licensed under the MIT licence.

import SocketIOCore

/// Whom a message is for, as it is written.
struct WireTarget {
    let rooms: [String]
    let except: [String]
    let isMarking: Bool

    init(_ target: BroadcastTarget, isMarking: Bool? = nil) {
        let isMarking = isMarking ?? RoomNames.needMarks(target.rooms + target.except)
        self.isMarking = isMarking
        var rooms = target.rooms.map { RoomNames.text($0, isMarking: isMarking) }
        if rooms.count > 1, Set(rooms).count == 1 { rooms.removeLast(rooms.count - 1) }
        self.rooms = rooms
        self.except =
            target.except.map { RoomNames.text($0, isMarking: isMarking) } + (target.exceptSocket.map { [$0] } ?? [])
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
