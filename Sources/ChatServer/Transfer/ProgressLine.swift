// Licensed under the MIT licence.

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// One line on standard error that says how far something is, written over and over; nothing if that is no terminal.
struct ProgressLine {
    private let isShown: Bool
    private var shown = ""

    init(isShown: Bool = isatty(STDERR_FILENO) == 1) {
        self.isShown = isShown
    }

    /// Shows how much of something is done.
    mutating func show(_ text: String, _ done: Int, of total: Int?) {
        guard self.isShown else { return }
        let share = total.map { $0 > 0 ? " (\(min(100, done * 100 / $0)) %)" : "" } ?? ""
        let line = text + share
        guard line != self.shown else { return }
        self.shown = line
        Console.put("\r\(line)\u{1b}[K", to: STDERR_FILENO)
    }

    /// Takes the line away.
    mutating func clear() {
        guard self.isShown, !self.shown.isEmpty else { return }
        self.shown = ""
        Console.put("\r\u{1b}[K", to: STDERR_FILENO)
    }
}
