// Licensed under the MIT licence.

/// Where a server listens.
public enum RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A host, as a name or an IP address, and a port.
    case tcp(host: String, port: Int)
    /// The path of a Unix domain socket.
    case unix(path: String)

    /// The host and port as `host:port`, an IPv6 address in brackets, or the path.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    var host: String? {
        switch self {
        case .tcp(let host, _): host
        case .unix: nil
        }
    }
}
