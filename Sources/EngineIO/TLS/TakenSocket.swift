// Licensed under the MIT licence.

/// The connection of a client that has left HTTP.
enum TakenSocket: Sendable {
    /// In clear text: its descriptor, to make a channel of one's own of.
    case descriptor(OwnedDescriptor)
    /// By TLS.
    case secure(SecureRelay)

    /// Nobody wants it.
    func close() {
        switch self {
        case .descriptor(let descriptor): descriptor.close()
        case .secure(let relay): relay.close()
        }
    }
}
