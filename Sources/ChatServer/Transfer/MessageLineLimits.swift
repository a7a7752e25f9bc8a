// Licensed under the MIT licence.

import Chat
import EngineIOCore
import SocketIOCore

/// How much one line may hold: as much as a message can that was sent under the same settings.
struct MessageLineLimits {
    /// What the server itself puts around what a sender gave, at the most.
    private static let frameBytes = 8192

    /// How long each field may be.
    let fields: ChatLimits
    /// The most binary attachments.
    let maximumAttachments = SocketIOLimits().maximumAttachments
    /// The most bytes of them, and of what else a sender gave (`MAX_PAYLOAD_BYTES`).
    let maximumPayloadBytes: Int

    init(_ configuration: ChatServerConfiguration = ChatServerConfiguration()) {
        self.fields = ChatSettings(configuration).limits
        self.maximumPayloadBytes = configuration.transport.maxPayloadBytes
    }

    /// The most bytes of the fields that a sender gave, as they stand in the line.
    var maximumBodyBytes: Int { self.maximumPayloadBytes + Self.frameBytes }

    /// The longest line, without its end.
    var maximumLineBytes: Int {
        // Each attachment is padded by itself, and quoted.
        self.maximumBodyBytes + Base64.encodedCount(self.maximumPayloadBytes) + 8 * self.maximumAttachments
    }
}
