// Licensed under the MIT licence.

import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Gathers the body of a response.
final class BodyWriter: ResponseBodyWriter {
    private let body = Mutex(ByteBuffer())

    /// All of it as text.
    var text: String { self.body.withLock { String(buffer: $0) } }

    func write(_ buffer: ByteBuffer) async throws {
        self.body.withLock { _ = $0.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
