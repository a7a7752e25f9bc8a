// Licensed under the MIT licence.

/// One member's way from where it stopped reading to the present, page by page.
///
/// A page of the store holds what was stored when it was asked for, which may be more than members have been given (that
/// comes live) or less (that is in the timeline's tail by now).
struct JoinReplay: Sendable {
    /// What to give the member now, and whether it is in the present then.
    struct Step: Equatable {
        var messages: [StoredMessage]
        /// Nil if the replay is complete.
        var readAfter: Int?
    }

    /// The member has everything retained up to here.
    private(set) var position: Int
    /// What members had been given when the read under way was asked for.
    private var asked: Int

    init(after position: Int, delivered: Int) {
        self.position = position
        self.asked = delivered
    }

    /// The read under way has been answered.
    mutating func read(_ page: HistoryPage, _ timeline: RoomTimeline) -> Step {
        // The room has been open since before the replay began.
        let delivered = timeline.delivered ?? self.position
        var step = Step(messages: page.messages.filter { $0.seq > self.position && $0.seq <= delivered })
        self.position = step.messages.last?.seq ?? self.position
        if let last = page.messages.last, last.seq >= delivered {
            // It reaches the present; what it holds beyond comes live.
            self.position = delivered
        } else if page.messages.isEmpty || !page.hasMore {
            // All that had been given to members when the read was asked for has been read, or is not retained.
            self.position = max(self.position, min(self.asked, delivered))
            if let tail = timeline.tail(after: self.position) {
                step.messages += tail
                self.position = delivered
            }
        }
        if self.position < delivered {
            self.asked = delivered
            step.readAfter = self.position
        }
        return step
    }
}
