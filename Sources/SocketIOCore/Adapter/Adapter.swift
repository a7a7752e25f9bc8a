// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore

/// An event on its way to many sockets: its parts for adapters that speak another wire form, and the packet all share.
public struct BroadcastEvent: Sendable {
    /// The namespace.
    public let namespace: String
    /// The event's name.
    public let name: String
    /// The arguments: JSON values joined by commas.
    public let arguments: ByteBuffer
    /// What the arguments' placeholders stand for.
    public let attachments: [ByteBuffer]
    /// The encoded packet, the same for every receiver.
    public let message: EngineMessage

    /// Creates an event and encodes it.
    public init(namespace: String, name: String, arguments: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.namespace = namespace
        self.name = name
        self.arguments = arguments
        self.attachments = attachments
        self.message = PacketEncoder.event(
            name,
            arguments: arguments,
            namespace: namespace,
            attachments: attachments
        )
    }
}

/// Carries what concerns more than one socket to wherever the sockets are; one for each namespace.
///
/// Ordering: two broadcasts that were started on one shard reach every socket in that order. Delivery to this process's sockets
/// never waits for, nor fails with, other processes.
public protocol Adapter: Sendable {
    /// Sends an event to every socket that matches, in this process and, unless the target is local, in the others.
    ///
    /// May be called from anywhere; returns at once.
    func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget)
}

/// A namespace's sockets in this process, as an adapter sees them.
public protocol LocalSockets: Sendable {
    /// Sends an event to the matching sockets of this process. May be called from anywhere.
    func deliver(_ event: BroadcastEvent, to target: BroadcastTarget)
}

/// Makes the adapter of a namespace.
public typealias AdapterFactory = @Sendable (_ namespace: String, _ local: any LocalSockets) -> any Adapter

/// The adapter of a single process: delivers to its own sockets and knows no others.
public struct InMemoryAdapter: Adapter {
    private let local: any LocalSockets

    /// Creates the adapter of one namespace.
    public init(local: any LocalSockets) {
        self.local = local
    }

    /// Sends an event to the matching sockets of this process.
    public func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget) {
        self.local.deliver(event, to: target)
    }
}
