// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct DynamicNamespaceTests {
    @Test(
        "A star stands for one or more characters other than a slash",
        arguments: [
            ("/a-*", "/a-1", true), ("/a-*", "/a-", false), ("/a-*", "/a-1/2", false), ("/a-*", "/b-1", false),
            ("a-*", "/a-xyz", true), ("/*", "/", false), ("/*", "/é", true), ("/*/*", "/a/b", true),
            ("/*/*", "/a/", false), ("/*-*", "/a-b-c", true), ("/a*a", "/aa", false), ("/a*a", "/aaa", true),
            ("/plain", "/plain", true), ("/plain", "/plain2", false), ("/**", "/ab", true), ("/**", "/a", false),
        ]
    )
    func pattern(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NamespacePattern(pattern).matches(name) == matches)
    }

    @Test("A long name costs no more than its length")
    func hostileName() {
        let pattern = NamespacePattern("/*a*a*a*a*a*a*a*a*b")
        #expect(!pattern.matches("/" + String(repeating: "a", count: 20_000)))
    }

    @Test("Clients join namespaces of a pattern, each with the group's handlers and apart from the others")
    func byPattern() async throws {
        let fixture = Fixture(shards: 2)
        let group = fixture.server.of(pattern: "/tenant-*")
        group.onInline("hello") { socket, _ in
            socket.emit(raw: "back", arguments: .init(string: #""\#(socket.namespace.name)""#))
        }
        let first = fixture.joinedClient("/tenant-1")
        let second = fixture.joinedClient("/tenant-2", shard: 1)
        first.send(#"2/tenant-1,["hello"]"#)
        second.send(#"2/tenant-2,["hello"]"#)
        #expect(first.take() == [#"2/tenant-1,["back","/tenant-1"]"#])
        #expect(second.take() == [#"2/tenant-2,["back","/tenant-2"]"#])
        try fixture.server.of("/tenant-1").emit("only", 1)
        fixture.loop.run()
        #expect(first.take() == [#"2/tenant-1,["only",1]"#])
        #expect(second.take() == [])
        try group.emit("all")
        fixture.loop.run()
        #expect(first.take() == [#"2/tenant-1,["all"]"#] && second.take() == [#"2/tenant-2,["all"]"#])
        // Handlers that are set later count for namespaces that are there already.
        group.onInline("later") { socket, _ in socket.emit(raw: "ok") }
        fixture.loop.run()
        first.send(#"2/tenant-1,["later"]"#)
        #expect(first.take() == [#"2/tenant-1,["ok"]"#])
    }

    @Test("A namespace goes with its last client, one that is asked for again is a new one")
    func removal() {
        let fixture = Fixture()
        let group = fixture.server.of(pattern: "/t-*")
        _ = fixture.main
        let first = fixture.joinedClient("/t-1")
        let second = fixture.joinedClient("/t-1")
        #expect(group.children.map(\.name) == ["/t-1"])
        first.send("1/t-1,")
        #expect(group.children.count == 1)
        second.end()
        #expect(group.children.isEmpty)
        #expect(fixture.server.namespaces.map(\.name) == ["/"])
        #expect(first.connect(to: "/t-1") != nil)
        #expect(group.children.count == 1)
    }

    @Test("One that stays, stays")
    func kept() {
        let fixture = Fixture()
        let group = fixture.server.of(pattern: "/t-*", removesEmpty: false)
        fixture.joinedClient("/t-1").end()
        #expect(group.children.map(\.name) == ["/t-1"])
    }

    @Test("A namespace whose only client was refused is gone, whenever the client left")
    func refused() async {
        let fixture = Fixture()
        let gate = Gate()
        let group = fixture.server.of(pattern: "/t-*")
        group.use { _ in
            await gate.pass()
            throw ConnectionRefusal("no")
        }
        let refused = fixture.client()
        refused.send("0/t-1,")
        let gone = fixture.client()
        gone.send("0/t-2,")
        fixture.loop.run()
        #expect(group.children.count == 2)
        gone.end()
        gate.open()
        #expect(await refused.take(atLeast: 1) == [#"4/t-1,{"message":"no"}"#])
        await fixture.loop.run { group.children.isEmpty }
        #expect(group.children.isEmpty)
    }

    @Test("A predicate decides by name and handshake; what it refuses does not exist")
    func byPredicate() async {
        let fixture = Fixture()
        let group = fixture.server.of { name, handshake in
            name.hasPrefix("/p") && handshake.auth.member("key")?.isString("k") == true
        }
        let client = fixture.client()
        client.send(#"0/p1,{"key":"k"}"#)
        #expect(await client.take(atLeast: 1).first?.hasPrefix(#"0/p1,{"sid":"#) == true)
        client.send("0/p2,")
        #expect(await client.take(atLeast: 1) == [#"4/p2,{"message":"Invalid namespace"}"#])
        #expect(group.children.map(\.name) == ["/p1"])
        // One that is there is not asked about again.
        let other = fixture.client()
        other.send("0/p1,")
        #expect(other.take().first?.hasPrefix("0/p1,") == true)
        client.end()
        other.end()
        #expect(group.children.isEmpty)
    }

    @Test("A client that is gone when the predicate has decided leaves nothing behind")
    func goneMeanwhile() async {
        let fixture = Fixture()
        let gate = Gate()
        let asked = Recorder<String>()
        let shard = fixture.loop.shards[0]
        let group = fixture.server.of { name, _ in
            asked.add(name)
            // Whoever waits for this looks after each job.
            shard.execute {}
            await gate.pass()
            return true
        }
        let client = fixture.client()
        client.send("0/p,")
        await fixture.loop.run { asked.all.count == 1 }
        client.end()
        gate.open()
        let next = fixture.client()
        next.send("0/q,")
        #expect(await next.take(atLeast: 1).first?.hasPrefix("0/q,") == true)
        await fixture.loop.run { group.children.count == 1 }
        #expect(group.children.map(\.name) == ["/q"])
    }

    @Test("Exact names come before patterns, patterns before predicates")
    func precedence() {
        let fixture = Fixture()
        let predicate = fixture.server.of { _, _ in true }
        let pattern = fixture.server.of(pattern: "/t-*")
        let exact = fixture.server.of("/exact")
        #expect(fixture.server.of("/t-1").parent === pattern)
        #expect(exact.parent == nil)
        #expect(predicate.children.isEmpty)
    }
}
