// Licensed under the MIT licence.

public import NIOCore

/// An event that is kept for clients who are away: neither volatile nor with an acknowledgement.
public struct RecoverableEvent: Sendable, Equatable {
    /// The event's name.
    public let name: String
    /// The arguments, without offset: JSON values joined by commas.
    public let arguments: ByteBuffer
    /// What the arguments' placeholders stand for.
    public let attachments: [ByteBuffer]
    /// Whom it is for; an event to one socket is for ``Room/direct(to:)``.
    public let target: BroadcastTarget

    /// Creates an event.
    public init(
        name: String,
        arguments: ByteBuffer,
        attachments: [ByteBuffer] = [],
        target: BroadcastTarget
    ) {
        self.name = name
        self.arguments = arguments
        self.attachments = attachments
        self.target = target
    }

    /// About what it costs to keep the event: its bytes and some for what surrounds them.
    public var byteCount: Int {
        var count = 256 + self.name.utf8.count + self.arguments.readableBytes
        for attachment in self.attachments { count += 32 + attachment.readableBytes }
        for room in self.target.rooms { count += 64 + room.name.utf8.count }
        for room in self.target.except { count += 32 + room.name.utf8.count }
        return count
    }

    /// The same event in storage of its own size: what came from a client is a slice of a receive buffer, which would be kept whole.
    func compacted() -> RecoverableEvent {
        RecoverableEvent(
            name: self.name,
            arguments: self.arguments.compacted,
            attachments: self.attachments.map(\.compacted),
            target: self.target
        )
    }
}

/// An event with its place in the log.
public struct LoggedEvent: Sendable, Equatable {
    /// Its place.
    public let offset: RecoveryOffset
    /// When it got its place.
    public let time: NIODeadline
    /// The event.
    public let event: RecoverableEvent

    /// Creates a logged event.
    public init(offset: RecoveryOffset, time: NIODeadline, event: RecoverableEvent) {
        self.offset = offset
        self.time = time
        self.event = event
    }
}

extension ByteBuffer {
    fileprivate var compacted: ByteBuffer {
        guard self.storageCapacity > self.readableBytes * 2 + 256 else { return self }
        var copy = ByteBufferAllocator().buffer(capacity: self.readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
