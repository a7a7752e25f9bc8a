// Licensed under the MIT licence.

package import NIOCore

/// The numbers of the kinds.
private enum Kind: UInt8 {
    case poll = 1
    case post, misfit, upgrade, opened, fellThrough, left, release
    case answer = 0x10
    case data = 0x20
    case taken, ended, probe

    static let fromOwner: UInt8 = 0x80
}

/// The numbers of the answers.
private enum AnswerKind: UInt8 {
    case payload = 1
    case ok, accepted, badRequest, unknownSession, busy
}

extension ForwardedMessage {
    private static let version: UInt8 = 1

    /// The message's bytes.
    package var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        let kind = self.content.kind.rawValue | (self.isFromVisitor ? 0 : Kind.fromOwner)
        buffer.writeMultipleIntegers(Self.version, kind)
        self.sender.write(into: &buffer)
        buffer.writeInteger(self.number)
        self.content.write(into: &buffer)
        return buffer
    }

    /// Reads a message; nothing if it is none, or of another version.
    ///
    /// - Parameter bytes: The whole message.
    package init?(_ bytes: ByteBuffer) {
        var bytes = bytes
        guard let (version, rawKind) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self), version == Self.version,
            let kind = Kind(rawValue: rawKind & ~Kind.fromOwner),
            let sender = bytes.readString(length: NodeAddress.length).flatMap({ NodeAddress($0) }),
            let number = bytes.readInteger(as: UInt64.self), let content = Content(kind, &bytes)
        else { return nil }
        self.init(sender: sender, isFromVisitor: rawKind & Kind.fromOwner == 0, number: number, content: content)
    }
}

extension ForwardedContent {
    fileprivate var kind: Kind {
        switch self {
        case .poll: .poll
        case .post: .post
        case .misfit: .misfit
        case .upgrade: .upgrade
        case .opened: .opened
        case .fellThrough: .fellThrough
        case .left: .left
        case .release: .release
        case .answer: .answer
        case .data: .data
        case .taken: .taken
        case .ended: .ended
        case .probe: .probe
        }
    }

    fileprivate func write(into buffer: inout ByteBuffer) {
        switch self {
        case .poll(let visit, let wantsText):
            visit.write(into: &buffer)
            buffer.writeFlag(wantsText)
        case .post(let visit, let isBinary, let body):
            visit.write(into: &buffer)
            buffer.writeFlag(isBinary)
            buffer.writeFlag(body != nil)
            if let body { buffer.writeImmutableBuffer(body) }
        case .misfit(let visit), .upgrade(let visit), .left(let visit):
            visit.write(into: &buffer)
        case .opened(let deflate, let early):
            buffer.writeFlag(deflate != nil)
            deflate?.write(into: &buffer)
            buffer.writeImmutableBuffer(early)
        case .answer(let answer):
            answer.write(into: &buffer)
        case .data(let sequence, let bytes):
            buffer.writeInteger(sequence)
            buffer.writeImmutableBuffer(bytes)
        case .taken(let count):
            buffer.writeInteger(count)
        case .fellThrough, .release, .ended, .probe:
            break
        }
    }

    /// Reads what is left of a message; nothing if that is too little or too much.
    fileprivate init?(_ kind: Kind, _ bytes: inout ByteBuffer) {
        switch kind {
        case .poll:
            guard let visit = ForwardedVisit(&bytes), let wantsText = bytes.readFlag() else { return nil }
            self = .poll(visit, wantsText: wantsText)
        case .post:
            guard let visit = ForwardedVisit(&bytes), let isBinary = bytes.readFlag(), let hasBody = bytes.readFlag()
            else { return nil }
            self = .post(visit, isBinary: isBinary, body: hasBody ? bytes.readRest() : nil)
        case .misfit:
            guard let visit = ForwardedVisit(&bytes) else { return nil }
            self = .misfit(visit)
        case .upgrade:
            guard let visit = ForwardedVisit(&bytes) else { return nil }
            self = .upgrade(visit)
        case .left:
            guard let visit = ForwardedVisit(&bytes) else { return nil }
            self = .left(visit)
        case .opened:
            guard let isDeflated = bytes.readFlag() else { return nil }
            var deflate: DeflateAgreement?
            if isDeflated {
                guard let agreement = DeflateAgreement(&bytes) else { return nil }
                deflate = agreement
            }
            self = .opened(deflate, bytes.readRest())
        case .answer:
            guard let answer = ForwardedAnswer(&bytes) else { return nil }
            self = .answer(answer)
        case .data:
            guard let sequence = bytes.readInteger(as: UInt32.self), bytes.readableBytes > 0 else { return nil }
            self = .data(sequence: sequence, bytes.readRest())
        case .taken:
            guard let count = bytes.readInteger(as: UInt32.self) else { return nil }
            self = .taken(count)
        case .fellThrough: self = .fellThrough
        case .release: self = .release
        case .ended: self = .ended
        case .probe: self = .probe
        }
        guard bytes.readableBytes == 0 else { return nil }
    }
}

extension ForwardedVisit {
    fileprivate func write(into buffer: inout ByteBuffer) {
        buffer.writeText(self.id.encoded)
        buffer.writeText(self.path)
    }

    fileprivate init?(_ bytes: inout ByteBuffer) {
        guard let id = bytes.readText().flatMap({ SessionID($0) }), let path = bytes.readText() else { return nil }
        self.init(id: id, path: path)
    }
}

extension ForwardedAnswer {
    fileprivate func write(into buffer: inout ByteBuffer) {
        switch self {
        case .payload(let contentType, let body):
            buffer.writeInteger(AnswerKind.payload.rawValue)
            buffer.writeText(contentType)
            buffer.writeImmutableBuffer(body)
        case .ok: buffer.writeInteger(AnswerKind.ok.rawValue)
        case .accepted: buffer.writeInteger(AnswerKind.accepted.rawValue)
        case .badRequest: buffer.writeInteger(AnswerKind.badRequest.rawValue)
        case .unknownSession: buffer.writeInteger(AnswerKind.unknownSession.rawValue)
        case .busy: buffer.writeInteger(AnswerKind.busy.rawValue)
        }
    }

    fileprivate init?(_ bytes: inout ByteBuffer) {
        switch bytes.readInteger(as: UInt8.self).flatMap(AnswerKind.init) {
        case .payload:
            guard let contentType = bytes.readText() else { return nil }
            self = .payload(contentType: contentType, bytes.readRest())
        case .ok: self = .ok
        case .accepted: self = .accepted
        case .badRequest: self = .badRequest
        case .unknownSession: self = .unknownSession
        case .busy: self = .busy
        case nil: return nil
        }
    }
}

extension DeflateAgreement {
    fileprivate func write(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(UInt8(self.serverWindowBits), UInt8(self.clientWindowBits))
        buffer.writeFlag(self.serverNoContextTakeover)
        buffer.writeFlag(self.clientNoContextTakeover)
    }

    fileprivate init?(_ bytes: inout ByteBuffer) {
        guard let (serverBits, clientBits) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self),
            let serverAlone = bytes.readFlag(), let clientAlone = bytes.readFlag()
        else { return nil }
        self.init(
            serverWindowBits: Int(serverBits),
            clientWindowBits: Int(clientBits),
            serverNoContextTakeover: serverAlone,
            clientNoContextTakeover: clientAlone
        )
    }
}

extension ByteBuffer {
    fileprivate mutating func writeFlag(_ flag: Bool) {
        self.writeInteger(flag ? 1 : 0, as: UInt8.self)
    }

    fileprivate mutating func readFlag() -> Bool? {
        switch self.readInteger(as: UInt8.self) {
        case 0: false
        case 1: true
        case nil, _?: nil
        }
    }

    /// Paths and content types are short; the length takes two bytes.
    fileprivate mutating func writeText(_ text: String) {
        assert(text.utf8.count <= Int(UInt16.max))
        self.writeInteger(UInt16(truncatingIfNeeded: text.utf8.count))
        self.writeString(text)
    }

    fileprivate mutating func readText() -> String? {
        guard let length = self.readInteger(as: UInt16.self) else { return nil }
        return self.readString(length: Int(length))
    }

    fileprivate mutating func readRest() -> ByteBuffer {
        self.readSlice(length: self.readableBytes) ?? ByteBuffer()
    }
}
