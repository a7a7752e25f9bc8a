// Licensed under the MIT licence.

import NIOCore

/// The one buffer that all WebSockets of a loop are read into, so that an idle connection holds none.
///
/// NIO's channels keep the first buffer their allocator makes and, when told that the next may be larger and that only one
/// message is read per turn, take every further one from the allocator without keeping it
/// (`NIOPooledRecvBufferAllocator`). So the first is tiny, and later ones are lent from here and given back after the read.
///
/// `@unchecked Sendable`: touched only on the loop it was made for.
final class ReceiveBuffer: @unchecked Sendable {
    /// Holds a whole default-sized chat message many times over; larger messages take several reads.
    private static let capacity = 32 * 1024

    private var buffer: ByteBuffer?

    func lend(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        if var buffer = self.buffer.take() {
            buffer.clear()
            return buffer
        }
        return allocator.buffer(capacity: Self.capacity)
    }

    /// Takes what a channel was lent, and nothing else: the first, tiny buffer of each channel comes back, too.
    func giveBack(_ buffer: ByteBuffer) {
        guard buffer.capacity == Self.capacity else { return }
        self.buffer = buffer
    }
}

/// Hands out a loop's ``ReceiveBuffer``.
struct SharedReceiveAllocator: RecvByteBufferAllocator {
    private static let keptCapacity = 64

    let shared: ReceiveBuffer
    private var hasRead = false

    init(_ shared: ReceiveBuffer) {
        self.shared = shared
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        self.hasRead ? self.shared.lend(allocator) : allocator.buffer(capacity: Self.keptCapacity)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        self.hasRead = true
        return true
    }
}
