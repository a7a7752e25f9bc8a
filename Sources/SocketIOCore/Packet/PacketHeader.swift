// Licensed under the MIT licence.

import EngineIOCore

/// What stands before the payload of a packet: `<type>[<attachments>-][<namespace>,][<acknowledgement id>]`.
///
/// All ranges and offsets count from the first byte of the packet.
///
/// Source: Socket.IO protocol v5, "Packet encoding", "Format"; v4 has the same form.
struct PacketHeader {
    var kind: SocketIOPacket.Kind
    /// How many attachments follow; 0 unless the packet is binary.
    var attachmentCount = 0
    /// The namespace without query and comma; `nil` for the main namespace, which is not named.
    var namespace: Range<Int>?
    /// What stands behind the `?` of the namespace.
    var query: Range<Int>?
    var ackID: UInt64?
    /// Where the payload begins; the packet's length when it has none.
    var payloadOffset: Int

    init(_ bytes: UnsafeRawBufferPointer, revision: ProtocolRevision, limits: SocketIOLimits) throws(PacketError) {
        guard let type = bytes.first else { throw .empty }
        guard let kind = SocketIOPacket.Kind(rawValue: type &- UInt8(ascii: "0")) else { throw .unknownType(type) }
        self.kind = kind
        self.payloadOffset = 1
        if kind.isBinary { try self.readAttachmentCount(bytes, limits) }
        try self.readNamespace(bytes, revision, limits)
        try self.readAckID(bytes, limits)
    }

    private mutating func readAttachmentCount(
        _ bytes: UnsafeRawBufferPointer,
        _ limits: SocketIOLimits
    ) throws(PacketError) {
        while let digit = bytes.digit(at: self.payloadOffset) {
            // A leading zero makes the count zero, or is one digit more than needed.
            guard digit > 0 || self.attachmentCount > 0 else { throw .invalidAttachmentCount }
            let (tens, overflow) = self.attachmentCount.multipliedReportingOverflow(by: 10)
            guard !overflow, tens <= limits.maximumAttachments &- Int(digit) else { throw .tooManyAttachments }
            self.attachmentCount = tens + Int(digit)
            self.payloadOffset += 1
        }
        guard
            self.attachmentCount > 0,
            self.payloadOffset < bytes.count,
            bytes[self.payloadOffset] == UInt8(ascii: "-")
        else { throw .invalidAttachmentCount }
        self.payloadOffset += 1
    }

    /// Reads up to and with the comma; without one the namespace is the rest of the packet, as old clients send it
    /// (`1/admin`).
    private mutating func readNamespace(
        _ bytes: UnsafeRawBufferPointer,
        _ revision: ProtocolRevision,
        _ limits: SocketIOLimits
    ) throws(PacketError) {
        let start = self.payloadOffset
        guard start < bytes.count, bytes[start] == UInt8(ascii: "/") else { return }
        var end = start
        var question: Int?
        while end < bytes.count, bytes[end] != UInt8(ascii: ",") {
            guard end - start < limits.maximumNamespaceBytes else { throw .namespaceTooLong }
            // Only Engine.IO 3 clients have a query there; to the later ones a question mark is a character like any
            // other.
            if bytes[end] == UInt8(ascii: "?"), question == nil, revision == .v3 { question = end }
            end += 1
        }
        self.namespace = start..<(question ?? end)
        self.query = question.map { $0 + 1..<end }
        self.payloadOffset = min(end + 1, bytes.count)
    }

    private mutating func readAckID(_ bytes: UnsafeRawBufferPointer, _ limits: SocketIOLimits) throws(PacketError) {
        let start = self.payloadOffset
        var id: UInt64 = 0
        while let digit = bytes.digit(at: self.payloadOffset) {
            let (tens, overflow) = id.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            guard self.payloadOffset - start < limits.maximumAckDigits, !overflow, !carry else { throw .ackIDTooLong }
            id = sum
            self.payloadOffset += 1
        }
        if self.payloadOffset > start { self.ackID = id }
    }
}

extension UnsafeRawBufferPointer {
    /// The value of the ASCII digit at `offset`; `nil` if there is something else, or nothing.
    fileprivate func digit(at offset: Int) -> UInt8? {
        guard offset < self.count else { return nil }
        let value = self[offset] &- UInt8(ascii: "0")
        return value < 10 ? value : nil
    }
}
