// Licensed under the MIT licence.

import NIOCore

/// Bounds how much is logged: each place in the program has so many lines a second.
///
/// Whoever makes the server log something for each packet can fill no disk with it, and what others have to say is not lost in between.
struct LogLimiter {
    /// A place in the program.
    struct Site: Hashable, Sendable {
        let file: String
        let line: UInt
    }

    /// What was left out at one place.
    struct Omission: Equatable {
        let site: Site
        /// The last message that was left out.
        let message: String
        let count: Int
    }

    private struct Window {
        var end: NIODeadline
        var lines = 0
        var omitted = 0
        var message = ""
    }

    /// How many lines a place has each second.
    let linesPerSecond: Int
    private var windows: [Site: Window] = [:]

    init(linesPerSecond: Int) {
        self.linesPerSecond = linesPerSecond
    }

    /// Whether a line may be written.
    mutating func admit(_ site: Site, message: String, now: NIODeadline) -> Bool {
        var window = self.windows[site] ?? Window(end: now + .seconds(1))
        // What was left out before is told by ``takeOmissions(now:)``.
        if now >= window.end, window.omitted == 0 { window = Window(end: now + .seconds(1)) }
        defer { self.windows[site] = window }
        guard window.lines < self.linesPerSecond else {
            window.omitted += 1
            window.message = message
            return false
        }
        window.lines += 1
        return true
    }

    /// What was left out in seconds that are over, each told once.
    mutating func takeOmissions(now: NIODeadline) -> [Omission] {
        var omissions: [Omission] = []
        for (site, window) in self.windows where now >= window.end {
            self.windows[site] = nil
            guard window.omitted > 0 else { continue }
            omissions.append(Omission(site: site, message: window.message, count: window.omitted))
        }
        return omissions.sorted { ($0.site.file, $0.site.line) < ($1.site.file, $1.site.line) }
    }
}
