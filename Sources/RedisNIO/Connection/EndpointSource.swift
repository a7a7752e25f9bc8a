// Licensed under the MIT licence.

import NIOCore

/// Tells where to connect next; on the client's event loop.
protocol EndpointSource: AnyObject {
    /// Finds the next endpoint.
    ///
    /// - Parameter completion: Called once, in this call or later.
    func next(_ completion: @escaping (Result<RedisEndpoint, RedisError>) -> Void)

    /// Ends what is under way; nothing is asked after it.
    func close()
}

/// Endpoints that are known, one after the other.
final class EndpointRotation: EndpointSource {
    private var endpoints: [RedisEndpoint]
    private var index = 0

    init(_ endpoints: [RedisEndpoint]) {
        self.endpoints = endpoints
    }

    /// Takes others, and begins with the first.
    func replace(_ endpoints: [RedisEndpoint]) {
        guard endpoints != self.endpoints else { return }
        self.endpoints = endpoints
        self.index = 0
    }

    /// Takes others in an order of chance, unless they are the same.
    func replaceShuffled(_ endpoints: [RedisEndpoint]) {
        guard Set(endpoints) != Set(self.endpoints) else { return }
        self.replace(endpoints.shuffled())
    }

    func next(_ completion: @escaping (Result<RedisEndpoint, RedisError>) -> Void) {
        guard !self.endpoints.isEmpty else {
            completion(.failure(RedisError(.invalidConfiguration, message: "there is no endpoint")))
            return
        }
        let endpoint = self.endpoints[self.index % self.endpoints.count]
        self.index = (self.index + 1) % self.endpoints.count
        completion(.success(endpoint))
    }

    func close() {}
}
