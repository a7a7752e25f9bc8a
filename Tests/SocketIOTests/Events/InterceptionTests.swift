// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct InterceptionTests {
    private struct Refused: Error {}

    @Test("Listeners see every event, then middleware, then its handler; the namespace's come first")
    func order() async {
        let fixture = Fixture()
        let steps = Recorder<String>()
        fixture.main.onAny { _, event in steps.add("any \(event.name)") }
        fixture.main.use { (_: Socket, event: Event) in steps.add("use \(event.name)") }
        fixture.main.onConnectInline { socket in
            socket.onAny { _, event in steps.add("own any \(event.name)") }
            socket.use { (_: Socket, event: Event) in steps.add("own use \(event.name)") }
        }
        fixture.main.onInline("inline") { _, _ in steps.add("inline") }
        fixture.main.on("async") { (_: Socket, _: Event) in steps.add("async") }
        let client = fixture.joinedClient()
        client.send(#"2["inline"]"#)
        client.send(#"2["async"]"#)
        client.send(#"2["none"]"#)
        await fixture.loop.run { steps.all.count == 14 }
        let around = ["inline", "async", "none"].map { name in
            ["any \(name)", "own any \(name)", "use \(name)", "own use \(name)"] + (name == "none" ? [] : [name])
        }
        #expect(steps.all == around.flatMap { $0 })
    }

    @Test("An event that middleware refuses is dropped, and told to whoever asks")
    func refusal() async {
        let fixture = Fixture()
        let errors = Recorder<String>()
        fixture.main.use { (_: Socket, event: Event) in if event.name == "bad" { throw Refused() } }
        fixture.main.onError { socket, event, error in
            errors.add("\(event.name) \(type(of: error))")
            socket.shard.execute {}
        }
        fixture.main.onInline("bad") { _, event in event.acknowledgement?.send(raw: ByteBuffer(string: "1")) }
        fixture.main.on("good") { (_: Socket, event: Event) in
            event.acknowledgement?.send(raw: ByteBuffer(string: "2"))
            throw Refused()
        }
        let client = fixture.joinedClient()
        client.send(#"21["bad"]"#)
        client.send(#"22["good"]"#)
        #expect(await client.take(atLeast: 1) == ["32[2]"])
        await fixture.loop.run { errors.all.count == 2 }
        #expect(errors.all == ["bad Refused", "good Refused"])
    }

    @Test("What goes out is shown once for each receiver, broadcasts too")
    func outgoing() throws {
        let fixture = Fixture(shards: 2)
        let seen = Recorder<String>()
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { socket in
            sockets.add(socket)
            socket.join("r")
            guard sockets.all.count == 1 else { return }
            socket.onAnyOutgoing { _, event in
                seen.add("\(event.name) \(event.arguments.count) \(String(buffer: event.rawArguments))")
            }
        }
        let first = fixture.joinedClient()
        let second = fixture.joinedClient(shard: 1)
        try sockets.all[0].emit("direct", 1, "a")
        try sockets.all[1].emit("other", 2)
        try fixture.main.to("r").emit("room", 3)
        try fixture.main.emit("all")
        fixture.loop.run()
        #expect(seen.all == [#"direct 2 1,"a""#, "room 1 3", "all 0 "])
        #expect(first.take().count == 3 && second.take().count == 3)
        sockets.all[0].offAnyOutgoing()
        try fixture.main.emit("all")
        fixture.loop.run()
        #expect(seen.all.count == 3)
    }

    @Test("A listener may take members out of the very room that is written to")
    func reentrancy() throws {
        let fixture = Fixture()
        fixture.main.onConnectInline { $0.join("r") }
        fixture.main.onAnyOutgoing { socket, event in
            socket.leave("r")
            if event.name == "out" { socket.disconnect() }
        }
        let clients = [fixture.joinedClient(), fixture.joinedClient()]
        try fixture.main.to("r").emit("last")
        try fixture.main.to("r").emit("nobody")
        try fixture.main.emit("out")
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["last"]"#, "1"]) }
    }

    @Test("Handlers can be taken away, and set for one event alone")
    func offAndOnce() async {
        let fixture = Fixture()
        let heard = Recorder<String>()
        fixture.main.onInline("gone") { _, _ in heard.add("gone") }
        fixture.main.off("gone")
        fixture.main.onConnectInline { socket in
            socket.once("once") { (_: Socket, _: Event) in heard.add("once") }
        }
        fixture.main.onInline("done") { _, _ in heard.add("done") }
        let client = fixture.joinedClient()
        for event in ["gone", "once", "once", "done"] { client.send(#"2["\#(event)"]"#) }
        await fixture.loop.run { heard.all.last == "done" }
        #expect(heard.all == ["once", "done"])
    }

    @Test("Repeats of an event are answered like the first, whenever they come, and from another connection")
    func repeats() async {
        let fixture = Fixture(shards: 2)
        let gate = Gate()
        let handled = Recorder<String>()
        fixture.main.useIdempotencyKeys { _, event in event.firstArgument?.member("key")?.stringValue }
        fixture.main.onRequest("add") { (socket, event: [String: String]) in
            handled.add(event["key"] ?? "none")
            // Whoever waits for this looks after each job.
            socket.shard.execute {}
            await gate.pass()
            return handled.all.count
        }
        let client = fixture.joinedClient()
        client.send(#"20["add",{"key":"a"}]"#)
        await fixture.loop.run { handled.all.count == 1 }
        client.end()
        let again = fixture.joinedClient(shard: 1)
        again.send(#"20["add",{"key":"a"}]"#)
        fixture.loop.run()
        gate.open()
        #expect(await again.take(atLeast: 1) == ["30[1]"])
        again.send(#"21["add",{"key":"a"}]"#)
        again.send(#"22["add",{"key":"b"}]"#)
        again.send(#"23["add",{}]"#)
        #expect(await again.take(atLeast: 3) == ["31[1]", "32[2]", "33[3]"])
        #expect(handled.all == ["a", "b", "none"])
    }

    @Test("A first that fails does not answer for its repeats")
    func failedFirst() async {
        let fixture = Fixture()
        let handled = Recorder<Int>()
        fixture.main.useIdempotencyKeys { _, event in event.firstArgument?.stringValue }
        fixture.main.onRequest("try") { (socket, key: String) in
            handled.add(1)
            socket.shard.execute {}
            if handled.all.count == 1 { throw Refused() }
            return key
        }
        let client = fixture.joinedClient()
        client.send(#"20["try","k"]"#)
        await fixture.loop.run { handled.all.count == 1 }
        // The failure is noted once nobody holds the acknowledgement any more.
        var answers: [String] = []
        var number = 0
        while answers.isEmpty, !Task.isCancelled {
            number += 1
            client.send(#"2\#(number)["try","k"]"#)
            fixture.loop.run()
            await Task.yield()
            answers = client.take()
        }
        #expect(answers.first?.hasSuffix(#"["k"]"#) == true)
        #expect(handled.all.count == 2)
    }
}
