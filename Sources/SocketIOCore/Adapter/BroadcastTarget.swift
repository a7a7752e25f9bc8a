// Licensed under the MIT licence.

/// Whom a broadcast is for.
public struct BroadcastTarget: Sendable, Equatable {
    /// Sockets that are in any of these; every socket of the namespace when empty.
    public var rooms: [Room]
    /// But not sockets that are in any of these.
    public var except: [Room]
    /// And not the socket with this id: the sender of a broadcast to others.
    public var exceptSocket: String?
    /// Only sockets of this process.
    public var isLocal: Bool
    /// Skip receivers that cannot take it at once.
    public var isVolatile: Bool

    /// Creates a target; by default every socket of the namespace.
    public init(
        rooms: [Room] = [],
        except: [Room] = [],
        exceptSocket: String? = nil,
        isLocal: Bool = false,
        isVolatile: Bool = false
    ) {
        self.rooms = rooms
        self.except = except
        self.exceptSocket = exceptSocket
        self.isLocal = isLocal
        self.isVolatile = isVolatile
    }
}
