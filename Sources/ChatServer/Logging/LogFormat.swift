// Licensed under the MIT licence.

/// How log lines look (`LOG_FORMAT`).
enum LogFormat: String, CaseIterable, Sendable {
    /// ``text`` on a terminal, ``json`` everywhere else.
    case auto
    /// For people: `2026-11-23T08:15:30.123Z warning martlet: Redis is not there node=a1`.
    case text
    /// For programs: one JSON object a line.
    case json

    /// ``text`` or ``json``.
    func resolved(isTerminal: Bool) -> LogFormat {
        self == .auto ? (isTerminal ? .text : .json) : self
    }
}
