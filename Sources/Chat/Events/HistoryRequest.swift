// Licensed under the MIT licence.

package import WireJSON

/// What `history` asks for: `{"room_id":"r1","before":120,"limit":50}`.
package struct HistoryRequest: Equatable, Sendable {
    /// The room.
    package let room: RoomID
    /// Which of its messages.
    package let query: HistoryQuery

    /// - Throws: `INVALID_PAYLOAD` (also for numbers that are no integers from 0 up, and a limit of 0), `MISSING_ROOM_ID`,
    ///   `INVALID_ROOM_ID`. A limit over the maximum is no error, it counts as the maximum.
    package init(decoding payload: JSONValue?, limits: ChatLimits) throws(ChatError) {
        let payload = try EventPayload(payload)
        self.room = try payload.roomID()
        self.query = try HistoryQuery(
            after: payload.count("after"),
            before: payload.count("before"),
            requestedLimit: payload.count("limit"),
            limits: limits
        )
    }
}

extension HistoryQuery {
    /// The same from the fields of an HTTP query: `?after=41&limit=50`.
    ///
    /// - Throws: `INVALID_PAYLOAD` for anything but ASCII digits, numbers past 64 bits and a limit of 0.
    package init(
        queryAfter after: String?,
        before: String?,
        limit: String?,
        limits: ChatLimits
    ) throws(ChatError) {
        try self.init(
            after: Self.number("after", after),
            before: Self.number("before", before),
            requestedLimit: Self.number("limit", limit),
            limits: limits
        )
    }

    init(after: Int?, before: Int?, requestedLimit: Int?, limits: ChatLimits) throws(ChatError) {
        if requestedLimit == 0 { throw .wrongType("limit", "an integer from 1 up") }
        self.init(
            after: after,
            before: before,
            limit: min(requestedLimit ?? limits.defaultHistoryLimit, limits.maximumHistoryLimit),
            maximumBytes: limits.historyPageBytes
        )
    }

    private static func number(_ name: String, _ text: String?) throws(ChatError) -> Int? {
        guard let text else { return nil }
        // Int.init alone would take a sign.
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Int(text) else {
            throw .wrongType(name, "an integer from 0 up")
        }
        return number
    }
}
