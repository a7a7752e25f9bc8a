// Licensed under the MIT licence.

import Chat

/// Other nodes that nobody is on, and that tell nothing by themselves: a test tells the listener.
final class QuietCluster: ChatCluster {
    let names: Set<NodeName> = [NodeName("here")]

    func start(_ listener: any ChatClusterListener) {}
    func follow(_ place: ClusterPlace, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        completion(.success(()))
    }
    func unfollow(_ place: ClusterPlace) {}
    func enter(_ user: ChatUser, _ place: ClusterPlace) {}
    func exit(_ user: ChatUser, _ place: ClusterPlace) {}
    func roster(of place: ClusterPlace, completion: @escaping @Sendable (Result<RosterSnapshot, StoreError>) -> Void) {
        completion(.success(RosterSnapshot(version: 0, users: [:])))
    }
    func close(completion: @escaping @Sendable () -> Void) { completion() }
}
