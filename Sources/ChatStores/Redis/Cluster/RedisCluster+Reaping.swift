// Licensed under the MIT licence.

import Chat
import NIOCore
import RedisNIO

extension RedisCluster {
    /// Takes away everything that a node has announced that was given up, and then the node.
    ///
    /// Several nodes may do it at once; the scripts tell of each place once. What fails is begun anew when the lease is renewed
    /// the next time.
    func reap(_ node: NodeName, completion: @escaping @Sendable () -> Void) {
        guard self.reaping.insert(node).inserted else { return completion() }
        self.reapPlaces(of: node, cursor: "0") { isDone in
            guard isDone else { return self.finishReaping(node, completion) }
            let last = RedisCommand("ZREM", .key(self.keys.nodes), .text(node.string))
            self.client.send(last) { result in
                if case .success = result {
                    self.lostNames.remove(node)
                    self.lostPlaces[node] = nil
                }
                self.finishReaping(node, completion)
            }
        }
    }

    /// Has all places looked at where this node was under a name that it has lost, those too that others have cleared up.
    func noteLostPlaces(of node: NodeName) {
        let places = self.lostPlaces[node] ?? []
        for start in stride(from: 0, to: places.count, by: 1_000) {
            let names = places[start..<min(start + 1_000, places.count)].map { RedisCommand.Argument.text($0.name) }
            self.client.send(RedisCommand("SADD", [.key(self.keys.places(of: node))] + names)) { _ in }
        }
    }

    private func finishReaping(_ node: NodeName, _ completion: @Sendable () -> Void) {
        self.reaping.remove(node)
        completion()
    }

    private func reapPlaces(of node: NodeName, cursor: String, completion: @escaping @Sendable (Bool) -> Void) {
        let key = self.keys.places(of: node)
        self.client.send(RedisCommand("SSCAN", .key(key), .text(cursor), "COUNT", 100)) { result in
            guard let fields = (try? result.get())?.elements, fields.count == 2, let next = fields[0].text,
                let names = fields[1].elements
            else { return completion(false) }
            self.reap(names.compactMap(\.text), of: node) { isDone in
                guard isDone, next != "0" else { return completion(isDone) }
                self.reapPlaces(of: node, cursor: next, completion: completion)
            }
        }
    }

    private func reap(_ names: [String], of node: NodeName, completion: @escaping @Sendable (Bool) -> Void) {
        guard !names.isEmpty else { return completion(true) }
        let count = Countdown(names.count)
        for name in names {
            guard let place = ClusterPlace(name: name) else {
                self.forget(name, of: node, count, completion)
                continue
            }
            self.takeAway(node, from: place) { isDone in
                guard isDone else { return count.finish(false, completion) }
                self.forget(name, of: node, count, completion)
            }
        }
    }

    /// Takes away what a node has at one place.
    func takeAway(_ node: NodeName, from place: ClusterPlace, completion: @escaping @Sendable (Bool) -> Void) {
        var arguments: [RedisCommand.Argument] = [
            .text(node.string), self.publishing, .text(self.keys.channel(place)),
        ]
        if case .user = place { arguments.append(.number(Int(SystemClock.milliseconds))) }
        let keys = [self.keys.members(place), self.keys.state(place)]
        self.client.send(RedisCommand(Self.goneScript, keys: keys, arguments: arguments)) { result in
            completion((try? result.get()) != nil)
        }
    }

    private func forget(
        _ name: String,
        of node: NodeName,
        _ count: Countdown,
        _ completion: @escaping @Sendable (Bool) -> Void
    ) {
        self.client.send(RedisCommand("SREM", .key(self.keys.places(of: node)), .text(name))) { result in
            count.finish((try? result.get()) != nil, completion)
        }
    }
}

/// Counts answers.
///
/// `@unchecked Sendable`: made and touched on the event loop of the client only, where the completions of all its commands come.
private final class Countdown: @unchecked Sendable {
    private var left: Int
    private var isGood = true

    init(_ count: Int) {
        self.left = count
    }

    func finish(_ succeeded: Bool, _ completion: (Bool) -> Void) {
        self.left -= 1
        self.isGood = self.isGood && succeeded
        if self.left == 0 { completion(self.isGood) }
    }
}
