// Licensed under the MIT licence.

package import NIOCore

/// What processes tell each other when a request has reached one that does not have its session.
///
/// The process that the request reached is the *visitor*, the one that has the session the *owner*. The visitor has done all that needs no
/// session: it has read the request and checked it, and will write the answer. So what travels is what a session is asked, and what it
/// answers. A WebSocket becomes a *tunnel*: bytes both ways.
///
/// | bytes | what |
/// |---|---|
/// | 1 | version, 1 |
/// | 1 | kind; 0x80 is added on the way from owner to visitor |
/// | 8 | the sender's address |
/// | 8 | the number that the visitor gave to the request |
/// | … | what is of the kind; whatever has no fixed length is last, or has its length in front |
package struct ForwardedMessage: Hashable, Sendable {
    package typealias Content = ForwardedContent

    /// Who sent it.
    package var sender: NodeAddress
    /// Whether the visitor sent it.
    package var isFromVisitor: Bool
    /// The number that the visitor gave to the request, unlike all others of its own.
    package var number: UInt64
    package var content: Content

    package init(sender: NodeAddress, isFromVisitor: Bool, number: UInt64, content: Content) {
        self.sender = sender
        self.isFromVisitor = isFromVisitor
        self.number = number
        self.content = content
    }
}

/// The session that a request visits, and the path on which it looks for it.
package struct ForwardedVisit: Hashable, Sendable {
    package var id: SessionID
    package var path: String

    package init(id: SessionID, path: String) {
        self.id = id
        self.path = path
    }
}

/// What is said in a ``ForwardedMessage``.
package enum ForwardedContent: Hashable, Sendable {
    // MARK: By the visitor

    /// A GET that waits for packets, which must be text if so wanted.
    case poll(ForwardedVisit, wantsText: Bool)
    /// A POST; without a body if that is not in the form that its transport demands.
    case post(ForwardedVisit, isBinary: Bool, body: ByteBuffer?)
    /// A request that fits no session.
    case misfit(ForwardedVisit)
    /// A WebSocket asks to be let in.
    case upgrade(ForwardedVisit)
    /// The WebSocket that was let in is there: a tunnel begins, with what the client sent early.
    case opened(DeflateAgreement?, ByteBuffer)
    /// The WebSocket that was let in never came.
    case fellThrough
    /// The client went away: before it had the answer, or so soon behind it that it may not have it.
    case left(ForwardedVisit)
    /// The visitor is about to stop: the poll is to be answered now, so that the client asks somebody else.
    case release

    // MARK: By the owner

    /// The answer.
    case answer(ForwardedAnswer)

    // MARK: By both

    /// Bytes of a tunnel, numbered from 0 in each direction.
    case data(sequence: UInt32, ByteBuffer)
    /// So many bytes more were taken out of the tunnel.
    case taken(UInt32)
    /// The tunnel ends.
    case ended
    /// Asks nothing: whether it reached anybody is what the sender wants to know.
    case probe
}

/// What an owner answers.
package enum ForwardedAnswer: Hashable, Sendable {
    /// Packets, to a GET.
    case payload(contentType: String, ByteBuffer)
    /// `ok`, to a POST.
    case ok
    /// The WebSocket may come.
    case accepted
    /// ``HandshakeError/badRequest``.
    case badRequest
    /// ``HandshakeError/unknownSession``.
    case unknownSession
    /// More is under way than the owner takes.
    case busy
}
