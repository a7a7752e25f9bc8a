// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// Everything that is under way between this process and others.
///
/// Decides nothing but what is whose, and how much there may be.
struct ForwardingTable {
    /// A request of a client here, whose session is elsewhere.
    struct Visit {
        enum Stage {
            case request(HTTPExchange, isPoll: Bool)
            /// The session is asked whether a WebSocket may come.
            case upgrade(@Sendable (HandshakeError?) -> Void)
            /// It may, and is being made.
            case admitted
            case tunnel(Tunnel)
        }

        let owner: NodeAddress
        let visit: ForwardedVisit
        var deadline: NIODeadline
        var stage: Stage
    }

    /// What tells a request of another process apart.
    struct GuestKey: Hashable {
        let visitor: NodeAddress
        let number: UInt64
    }

    /// A request of a client elsewhere, whose session is here.
    struct Guest {
        enum Stage {
            case request(HTTPExchange)
            case upgrade
            case tunnel(Tunnel)
        }

        let home: LoopShard
        let id: SessionID
        var deadline: NIODeadline
        var stage: Stage
    }

    private let maximumRequests: Int
    private let maximumTunnels: Int
    private(set) var visits: [UInt64: Visit] = [:]
    private(set) var guests: [GuestKey: Guest] = [:]
    private var visitTunnels = 0
    private var guestTunnels = 0
    /// Called once nothing is left.
    var whenEmpty: (@Sendable () -> Void)?

    init(_ options: EngineForwarding) {
        self.maximumRequests = options.maximumRequests
        self.maximumTunnels = options.maximumTunnels
    }

    var isEmpty: Bool { self.visits.isEmpty && self.guests.isEmpty }

    /// The processes that something is under way with.
    var peers: Set<NodeAddress> {
        Set(self.visits.values.lazy.map(\.owner)).union(self.guests.keys.lazy.map(\.visitor))
    }

    /// Adds a request; an upgrade counts as the tunnel that it is to become.
    ///
    /// Returns whether there is room.
    mutating func add(_ visit: Visit, _ number: UInt64) -> Bool {
        if visit.isTunnel {
            guard self.visitTunnels < self.maximumTunnels else { return false }
            self.visitTunnels += 1
        } else {
            guard self.visits.count - self.visitTunnels < self.maximumRequests else { return false }
        }
        self.visits[number] = visit
        return true
    }

    mutating func add(_ guest: Guest, _ key: GuestKey) -> Bool {
        // A number that is used twice is the visitor's fault, and would take the first one's place.
        guard self.guests[key] == nil else { return false }
        if guest.isTunnel {
            guard self.guestTunnels < self.maximumTunnels else { return false }
            self.guestTunnels += 1
        } else {
            guard self.guests.count - self.guestTunnels < self.maximumRequests else { return false }
        }
        self.guests[key] = guest
        return true
    }

    mutating func removeVisit(_ number: UInt64) -> Visit? {
        guard let visit = self.visits.removeValue(forKey: number) else { return nil }
        if visit.isTunnel { self.visitTunnels -= 1 }
        return visit
    }

    mutating func removeGuest(_ key: GuestKey) -> Guest? {
        guard let guest = self.guests.removeValue(forKey: key) else { return nil }
        if guest.isTunnel { self.guestTunnels -= 1 }
        return guest
    }

    /// A WebSocket may come; returns whom to tell.
    mutating func admitVisit(_ number: UInt64) -> (@Sendable (HandshakeError?) -> Void)? {
        guard case .upgrade(let decided)? = self.visits[number]?.stage else { return nil }
        self.visits[number]?.stage = .admitted
        return decided
    }

    /// The WebSocket that may come is there.
    ///
    /// Returns whether it is still awaited.
    mutating func openVisit(_ number: UInt64, _ tunnel: Tunnel) -> Bool {
        guard case .admitted? = self.visits[number]?.stage else { return false }
        self.visits[number]?.stage = .tunnel(tunnel)
        self.visits[number]?.deadline = .distantFuture
        return true
    }

    mutating func openGuest(_ key: GuestKey, _ tunnel: Tunnel) -> Bool {
        guard case .upgrade? = self.guests[key]?.stage else { return false }
        self.guests[key]?.stage = .tunnel(tunnel)
        self.guests[key]?.deadline = .distantFuture
        return true
    }

    /// Removes what matches.
    mutating func removeVisits(where matches: (Visit) -> Bool) -> [(number: UInt64, visit: Visit)] {
        let numbers = self.visits.filter { matches($0.value) }.map(\.key)
        return numbers.compactMap { number in self.removeVisit(number).map { (number, $0) } }
    }

    mutating func removeGuests(where matches: (GuestKey, Guest) -> Bool) -> [(key: GuestKey, guest: Guest)] {
        let keys = self.guests.filter { matches($0.key, $0.value) }.map(\.key)
        return keys.compactMap { key in self.removeGuest(key).map { (key, $0) } }
    }

    /// What to call, once, if nothing is left.
    mutating func emptied() -> (@Sendable () -> Void)? {
        self.isEmpty ? self.whenEmpty.take() : nil
    }
}

extension ForwardingTable.Visit {
    var isTunnel: Bool {
        switch self.stage {
        case .request: false
        case .upgrade, .admitted, .tunnel: true
        }
    }
}

extension ForwardingTable.Guest {
    var isTunnel: Bool {
        switch self.stage {
        case .request: false
        case .upgrade, .tunnel: true
        }
    }
}
