// Licensed under the MIT licence.

/// How much of a room's past a store gives out, and how long it remembers users.
///
/// A message is *retained* while its `seq` lies fewer than ``maximumMessages`` behind its room's last one, and it is not older than
/// ``maximumAgeMilliseconds``. Numbers decide, not messages: a `seq` in between that has no message, which only an import or a
/// floor leaves, takes a place all the same. What is not retained any more is in no answer; when its bytes are given back is the
/// store's business.
package struct Retention: Hashable, Sendable {
    /// How long the same `client_id` of the same user in the same room is the same message, in milliseconds: 10 minutes.
    package static let clientIDWindowMilliseconds: Int64 = 10 * 60 * 1000

    /// How many messages of a room, by their `seq`, from 1 up (`HISTORY_MAX_MESSAGES`).
    package var maximumMessages: Int
    /// How old a message may be, in milliseconds (`HISTORY_MAX_AGE`); the default is 7 days.
    package var maximumAgeMilliseconds: Int64
    /// How long a user who is away is remembered, in milliseconds (`LAST_SEEN_MAX_AGE`); the default is 90 days.
    ///
    /// After that a store may forget when the user was last seen and how far they have read. The present counts as seen.
    package var maximumAbsenceMilliseconds: Int64

    /// The documented defaults, or others.
    package init(
        maximumMessages: Int = 1000,
        maximumAgeMilliseconds: Int64 = 7 * 24 * 3600 * 1000,
        maximumAbsenceMilliseconds: Int64 = 90 * 24 * 3600 * 1000
    ) {
        self.maximumMessages = maximumMessages
        self.maximumAgeMilliseconds = maximumAgeMilliseconds
        self.maximumAbsenceMilliseconds = maximumAbsenceMilliseconds
    }

    /// The greatest `seq` that is too far behind `last` to be retained; 0 if none is.
    package func lastDropped(behind last: Int) -> Int { max(last - self.maximumMessages, 0) }

    /// Messages from before this moment are too old, in milliseconds since 1970.
    package func oldest(at now: Int64) -> Int64 { now - self.maximumAgeMilliseconds }

    /// Users who were last seen before this moment may be forgotten, in milliseconds since 1970.
    package func earliestSighting(at now: Int64) -> Int64 { now - self.maximumAbsenceMilliseconds }
}
