// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// What the connections of a shard share of compression.
///
/// Confined to its shard.
struct ShardCompression {
    /// What is kept of the storage for compressed bytes.
    private static let retainedCapacity = 256 * 1024
    /// zlib's largest window takes the messages of all smaller ones.
    private let sharedInflater = MessageInflater(windowBits: 15, keepsContext: false)
    /// One for each profile that a connection of this shard has asked for; a server has a handful of them.
    private(set) var deflaters: [MessageDeflater] = []
    private var scratch = ByteBuffer()
    /// For answers to polls.
    let content = ContentDeflater()

    /// The wire form of a connection, uncompressed if there are too many forms already.
    mutating func form(_ revision: ProtocolRevision, _ profile: DeflateProfile?) -> WireForm {
        guard let profile else { return WireForm(revision) }
        if let index = self.deflaters.firstIndex(where: { $0.profile == profile }) {
            return WireForm(revision, profile: index)
        }
        guard self.deflaters.count <= WireForm.maximumProfile else { return WireForm(revision) }
        self.deflaters.append(MessageDeflater(profile))
        return WireForm(revision, profile: self.deflaters.count - 1)
    }

    /// What takes a connection's messages apart.
    func inflater(for agreement: DeflateAgreement) -> MessageInflater {
        agreement.clientNoContextTakeover
            ? self.sharedInflater
            : MessageInflater(windowBits: agreement.clientWindowBits, keepsContext: true)
    }

    /// Lends the storage for compressed bytes.
    mutating func withScratch(_ body: (inout ByteBuffer) -> Void) {
        body(&self.scratch)
        if self.scratch.capacity > Self.retainedCapacity { self.scratch = ByteBuffer() }
    }
}

/// In which form a connection is sent messages: protocol revision and compression in one byte.
struct WireForm: Equatable, Sendable {
    /// The highest number of a profile.
    static let maximumProfile = 126

    /// The lowest bit is set for revision 3; the others are the profile's number plus one, or 0 for none.
    private let bits: UInt8

    init(_ revision: ProtocolRevision) {
        self.bits = revision == .v3 ? 1 : 0
    }

    /// `profile`: `0...maximumProfile`.
    init(_ revision: ProtocolRevision, profile: Int) {
        self.bits = UInt8(truncatingIfNeeded: profile + 1) << 1 | (revision == .v3 ? 1 : 0)
    }

    @inline(__always)
    var revision: ProtocolRevision { self.bits & 1 == 0 ? .v4 : .v3 }

    /// Nothing is compressed.
    @inline(__always)
    var isPlain: Bool { self.bits < 2 }

    /// The number of the profile; only if something is compressed.
    var profile: Int { Int(self.bits >> 1) - 1 }
}
