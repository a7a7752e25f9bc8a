// Licensed under the MIT licence.

internal import NIOCore

/// A node to connect to.
struct LoadTarget: Sendable {
    let url: TargetURL
    let address: SocketAddress

    /// Reads a URL and looks its host up, which blocks.
    ///
    /// - Throws: If it is none, its host is not found, or is not this machine and that is not allowed.
    init(_ text: String, allowRemote: Bool) throws(LoadFailure) {
        guard let url = TargetURL(text) else {
            throw LoadFailure("'\(text)' is not an http:// or ws:// URL without query")
        }
        guard let address = try? url.resolve() else { throw LoadFailure("cannot find the host '\(url.host)'") }
        guard address.isLoopback || allowRemote else {
            throw LoadFailure("\(url.host) is not this machine; --allow-remote permits load on other people's networks")
        }
        self.url = url
        self.address = address
    }
}
