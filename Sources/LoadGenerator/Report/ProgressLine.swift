// Licensed under the MIT licence.

internal import NIOCore

/// The live line: rewritten in place on a terminal, a new line every few seconds elsewhere.
///
/// Goes to standard error.
struct ProgressLine {
    private static let pauseBetweenLines = TimeAmount.seconds(5)

    private let isTerminal = OwnProcess.isTerminal(2)
    private let isQuiet: Bool
    private var lastLineAt: NIODeadline?
    private var lastLength = 0

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    mutating func show(_ text: String, now: NIODeadline = .now()) {
        guard !self.isQuiet else { return }
        if self.isTerminal {
            let padding = String(repeating: " ", count: max(0, self.lastLength - text.count))
            self.lastLength = text.count
            OwnProcess.writeError("\r\(text)\(padding)")
        } else if self.lastLineAt.map({ now - $0 >= Self.pauseBetweenLines }) ?? true {
            self.lastLineAt = now
            OwnProcess.writeError("\(text)\n")
        }
    }

    /// Makes room for the report.
    mutating func clear() {
        guard self.isTerminal, self.lastLength > 0 else { return }
        OwnProcess.writeError("\r\(String(repeating: " ", count: self.lastLength))\r")
        self.lastLength = 0
    }
}
