// Licensed under the MIT licence.

/// The loads that servers are compared by; every size can be changed by its own option.
enum Scenario: String, Sendable, Codable, CaseIterable {
    /// One room of 1,000, ten of them send: the cost of fan-out where messages can be batched.
    case fan1
    /// One room of 1,000 with a single sender: fan-out with nothing to batch.
    case solo
    /// 100 rooms of 10 with a sender in each.
    case fan100
    /// The rooms of `fan100` at a fixed 1,000 messages per second, whatever the server does: latency.
    case open
    /// 100 rooms of one: a message and its echo.
    case echo
    /// 5,000 connections that upgrade, join the namespace, authenticate and join a room of their own; nobody sends.
    case connect
    /// 10,000 connections in rooms of 10 that do nothing: memory.
    case idle
    /// 100 clients in 10 rooms with a sender in each, to be changed by options.
    case custom

    /// What a scenario stands for; an option that was given replaces the value of the same name.
    struct Preset {
        var clients: Int
        /// From the number of clients, so that a scaled scenario keeps its shape.
        var rooms: @Sendable (Int) -> Int
        /// From the number of rooms.
        var senders: @Sendable (Int) -> Int
        var mode = LoadSettings.Mode.closed
        var rate = 1_000.0
        var connectRate = 2_000.0
    }

    var preset: Preset {
        switch self {
        case .fan1: Preset(clients: 1_000, rooms: { _ in 1 }, senders: { _ in 10 })
        case .solo: Preset(clients: 1_000, rooms: { _ in 1 }, senders: { _ in 1 })
        case .fan100: Preset(clients: 1_000, rooms: { max(1, $0 / 10) }, senders: { $0 })
        case .open: Preset(clients: 1_000, rooms: { max(1, $0 / 10) }, senders: { $0 }, mode: .open)
        case .echo: Preset(clients: 100, rooms: { $0 }, senders: { $0 })
        case .connect: Preset(clients: 5_000, rooms: { $0 }, senders: { _ in 0 }, connectRate: 100_000)
        case .idle: Preset(clients: 10_000, rooms: { max(1, $0 / 10) }, senders: { _ in 0 })
        case .custom: Preset(clients: 100, rooms: { max(1, $0 / 10) }, senders: { $0 })
        }
    }

    /// Whether messages are sent.
    var sends: Bool { self != .connect && self != .idle }
}
