// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct ClusterOrderTests {
    private static func event(_ name: String) -> BroadcastEvent {
        BroadcastEvent(namespace: "/", name: name, arguments: ByteBuffer())
    }

    /// The names of the events that a client was sent.
    private static func names(_ client: TestClient) -> [String] {
        client.take().map { packet in
            String(packet.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" })
        }
    }

    @Test("What asks for answers keeps its place among what does not", arguments: 0..<20 as Range<UInt64>)
    func order(seed: UInt64) {
        let fixture = ClusterFixture(seed: seed)
        let clients = (0..<3).map { fixture.client(node: $0, shard: $0 % 2) }
        let adapter = fixture.adapter(0)
        let caller = fixture.loop.shards[Int(seed % 2)]
        caller.execute {
            for number in 0..<3 {
                adapter.broadcast(
                    Self.event("ask \(number)"),
                    to: BroadcastTarget(isLocal: number == 1),
                    answersWithin: .seconds(1)
                ) { _ in }
                adapter.broadcast(Self.event("tell \(number)"), to: BroadcastTarget())
            }
        }
        fixture.loop.run()
        #expect(Self.names(clients[0]) == ["ask 0", "tell 0", "ask 1", "tell 1", "ask 2", "tell 2"], "seed \(seed)")
        for client in clients[1...] {
            #expect(Self.names(client) == ["ask 0", "tell 0", "tell 1", "ask 2", "tell 2"], "seed \(seed)")
        }
        fixture.loop.advance(by: .seconds(1))
    }

    @Test("Nobody waits for news of who is there but who gathers the answers")
    func slowNews() {
        let fixture = ClusterFixture()
        let clients = (0..<3).map { fixture.client(node: $0) }
        let answers = Recorder<BroadcastAnswers>()
        fixture.bus.holdNodes()
        fixture.adapter(0).broadcast(Self.event("ask"), to: BroadcastTarget(), answersWithin: .seconds(1)) {
            answers.add($0)
        }
        fixture.loop.run()
        for client in clients {
            #expect(Self.names(client) == ["ask"])
            client.send("30[]")
        }
        #expect(answers.all.isEmpty)
        fixture.bus.tellNodes()
        fixture.loop.run()
        #expect(answers.all.map(\.replies.count) == [3])
        #expect(answers.all.map(\.failure) == [nil])
    }

    @Test("Without any news what came by the deadline counts, and that is said")
    func noNews() {
        let fixture = ClusterFixture()
        let clients = (0..<3).map { fixture.client(node: $0) }
        let answers = Recorder<BroadcastAnswers>()
        fixture.bus.holdNodes()
        fixture.adapter(0).broadcast(Self.event("ask"), to: BroadcastTarget(), answersWithin: .seconds(1)) {
            answers.add($0)
        }
        fixture.loop.run()
        for client in clients { client.send("30[]") }
        fixture.loop.advance(by: .seconds(1))
        #expect(answers.all.map(\.replies.count) == [3])
        #expect(answers.all.map(\.failure) == [.missingAnswers(from: 1)])
        fixture.bus.tellNodes()
        fixture.loop.run()
        #expect(answers.all.count == 1)
    }

    @Test("A node that does not say whom it asked is told of")
    func silentNode() {
        let fixture = ClusterFixture()
        let clients = (0..<3).map { fixture.client(node: $0) }
        let answers = Recorder<BroadcastAnswers>()
        fixture.bus.lose { _, from, _ in from == NodeID("n2") }
        fixture.adapter(0).broadcast(Self.event("ask"), to: BroadcastTarget(), answersWithin: .seconds(1)) {
            answers.add($0)
        }
        fixture.loop.run()
        for client in clients[1...] { client.send("30[]") }
        fixture.loop.advance(by: .seconds(1))
        #expect(answers.all == [BroadcastAnswers(replies: [AckReply()], missing: 1, failure: .missingAnswers(from: 1))])
    }

    @Test("Too many requests: events go out all the same, and whoever wanted answers is told that there are none")
    func tooMany() async throws {
        let fixture = ClusterFixture(maximumRequests: 1)
        let clients = (0..<3).map { fixture.client(node: $0) }
        let heard = Recorder<String>()
        for node in 1..<3 {
            fixture.main(node).onServerSide("hello") { event in
                heard.add("\(node) \(event.wantsAnswer)")
                // Whoever waits for this looks after each job.
                fixture.loop.shards[0].execute {}
            }
        }
        let adapter = fixture.adapter(0)
        let first = Recorder<BroadcastAnswers>()
        let answers = Recorder<BroadcastAnswers>()
        let others = Recorder<ClusterError?>()
        adapter.broadcast(Self.event("first"), to: BroadcastTarget(), answersWithin: .seconds(1)) { first.add($0) }
        adapter.broadcast(Self.event("second"), to: BroadcastTarget(), answersWithin: .seconds(1)) { answers.add($0) }
        adapter.fetchSockets(BroadcastTarget()) { others.add(Self.error($0)) }
        adapter.serverSideEmit(ServerSideMessage(name: "hello"), answersWithin: .seconds(1)) {
            others.add(Self.error($0))
        }
        fixture.loop.run()
        for client in clients {
            #expect(client.take() == [#"20["first"]"#, #"2["second"]"#])
            client.send("30[]")
        }
        #expect(answers.all == [BroadcastAnswers(failure: .tooManyRequests)])
        #expect(others.all == [.tooManyRequests, .tooManyRequests])
        #expect(first.all.map(\.replies.count) == [3])
        await fixture.loop.run { heard.all.count == 2 }
        #expect(Set(heard.all) == ["1 false", "2 false"])
        // There is room again.
        adapter.fetchSockets(BroadcastTarget()) { others.add(Self.error($0)) }
        fixture.loop.run()
        #expect(others.all.last == .some(nil))
    }

    private static func error<Value>(_ result: Result<Value, ClusterError>) -> ClusterError? {
        if case .failure(let error) = result { error } else { nil }
    }
}
