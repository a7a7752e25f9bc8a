// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct EventOrderTests {
    private struct Failure: Error {}

    @Test("One socket's events are handled in their order, slow, quick and inline ones mixed")
    func mixed() async throws {
        let fixture = Fixture()
        let (gate, seen) = (Gate(), Recorder<String>())
        fixture.main.on("slow") { (socket, n: Int) in
            await gate.pass()
            seen.add("slow \(n)")
        }
        fixture.main.on("yields") { (socket, n: Int) in
            for _ in 0..<n { await Task.yield() }
            seen.add("yields \(n)")
        }
        fixture.main.onInline("inline") { _, event in seen.add("inline \(event.firstArgument?.intValue ?? 0)") }
        let client = fixture.joinedClient()
        client.send(#"2["inline",0]"#)
        #expect(seen.all == ["inline 0"])
        var expected = seen.all
        for n in 1...20 {
            let name = ["slow", "inline", "yields", "inline"][(n - 1) % 4]
            client.send("2[\"\(name)\",\(n)]")
            expected.append("\(name) \(n)")
        }
        let other = fixture.joinedClient()
        other.send(#"2["inline",99]"#)
        // Another socket does not wait for this one.
        #expect(seen.all == ["inline 0", "inline 99"])
        expected.insert("inline 99", at: 1)
        gate.open()
        await fixture.loop.run { seen.all.count == expected.count }
        #expect(seen.all == expected)
    }

    @Test("A handler that throws does not stop the next")
    func throwing() async {
        let fixture = Fixture()
        let seen = Recorder<String>()
        fixture.main.on("bad") { _, _ in throw Failure() }
        fixture.main.on("good") { _, _ in seen.add("good") }
        let client = fixture.joinedClient()
        for name in ["bad", "good", "bad", "good"] { client.send("2[\"\(name)\"]") }
        await fixture.loop.run { seen.all.count == 2 }
        #expect(client.closeReason == nil)
    }

    @Test("onConnect comes before the first event, onDisconnect after the last")
    func lifeCycle() async {
        let fixture = Fixture()
        let (gate, seen) = (Gate(), Recorder<String>())
        fixture.main.onConnect { socket in
            await gate.pass()
            seen.add("connect")
            socket.on("own") { _, _ in seen.add("own") }
        }
        fixture.main.onConnectInline { _ in seen.add("connect inline") }
        fixture.main.onDisconnect { seen.add("disconnect \($1)") }
        fixture.main.onDisconnectInline { _, _ in seen.add("disconnect inline") }
        fixture.main.onInline("inline") { _, _ in seen.add("inline") }
        fixture.main.on("slow") { _, _ in
            await Task.yield()
            seen.add("slow")
        }
        let client = fixture.joinedClient()
        // The handler of this one is set by onConnect, which has not come to it yet.
        for name in ["own", "inline", "slow"] { client.send("2[\"\(name)\"]") }
        client.end()
        gate.open()
        await fixture.loop.run { seen.all.count == 7 }
        #expect(
            seen.all == [
                "connect inline", "disconnect inline", "connect", "own", "inline", "slow", "disconnect transport close",
            ]
        )
    }

    @Test("A socket put out by its first connect handler: later ones are spared, onDisconnect comes after onConnect")
    func leavesWhileJoining() async {
        let fixture = Fixture()
        let seen = Recorder<String>()
        fixture.main.onConnectInline { $0.disconnect() }
        fixture.main.onConnectInline { _ in seen.add("too late") }
        fixture.main.onConnect { _ in seen.add("connect") }
        fixture.main.onDisconnect { _, _ in seen.add("disconnect") }
        let client = fixture.client()
        #expect(client.connect() != nil)
        #expect(client.take() == ["1"])
        await fixture.loop.run { seen.all.count == 2 }
        #expect(seen.all == ["connect", "disconnect"])
        // It may come back.
        #expect(client.connect() != nil)
        #expect(client.take() == ["1"])
        await fixture.loop.run { seen.all.count == 4 }
    }

    @Test("A socket whose handlers fall behind is not read until half of its events are handled")
    func pause() async {
        let fixture = Fixture(options: ServerOptions(maximumWaitingEvents: 4))
        let (gate, seen) = (Gate(), Recorder<Int>())
        fixture.main.on("slow") { (socket, n: Int) in
            await gate.pass()
            seen.add(n)
        }
        let client = fixture.joinedClient()
        // One is being handled, the others wait.
        for n in 0..<4 { client.send("2[\"slow\",\(n)]") }
        #expect(!client.connection.isReadingPaused)
        client.send(#"2["slow",4]"#)
        #expect(client.connection.isReadingPaused)
        for n in 5..<100 { client.send("2[\"slow\",\(n)]") }
        gate.open()
        await fixture.loop.run { seen.all.count == 100 }
        await fixture.loop.run { !client.connection.isReadingPaused }
        #expect(seen.all == Array(0..<100))
        #expect(client.connection.pauseCount > 1)
    }

    @Test("Two sockets of one connection are far behind: it is read again when both have caught up")
    func pauseOfTwo() async {
        let fixture = Fixture(options: ServerOptions(maximumWaitingEvents: 2))
        let (mainGate, adminGate, seen) = (Gate(), Gate(), Recorder<String>())
        fixture.main.on("slow") { _, _ in
            await mainGate.pass()
            seen.add("main")
        }
        fixture.server.of("/admin").on("slow") { _, _ in
            await adminGate.pass()
            seen.add("admin")
        }
        let client = fixture.joinedClient()
        client.connect(to: "/admin")
        for _ in 0..<2 { client.send(#"2["slow"]"#) }
        for _ in 0..<2 { client.send(#"2/admin,["slow"]"#) }
        client.send(#"2["slow"]"#)
        #expect(client.connection.isReadingPaused)
        // What was read before the pause arrives nevertheless.
        client.connection.receiveInSpite(#"2/admin,["slow"]"#)
        mainGate.open()
        await fixture.loop.run { seen.all.count == 3 }
        #expect(client.connection.isReadingPaused)
        adminGate.open()
        await fixture.loop.run { seen.all.count == 6 && !client.connection.isReadingPaused }
    }

    @Test("The time for attachments stands still while the connection is not read")
    func pauseBeforeAttachments() async {
        let fixture = Fixture(options: ServerOptions(attachmentTimeout: .seconds(3), maximumWaitingEvents: 1))
        let (gate, seen) = (Gate(), Recorder<String>())
        fixture.main.on("slow") { _, _ in await gate.pass() }
        fixture.main.on("file") { _, event in seen.add("file") }
        let client = fixture.joinedClient()
        client.send(#"2["slow"]"#)
        client.send(#"2["slow"]"#)
        #expect(client.connection.isReadingPaused)
        client.connection.receiveInSpite(#"51-["file",{"_placeholder":true,"num":0}]"#)
        fixture.loop.advance(by: .seconds(30))
        #expect(client.closeReason == nil)
        gate.open()
        await fixture.loop.run { !client.connection.isReadingPaused }
        fixture.loop.advance(by: .seconds(2))
        client.send(attachment: [1])
        await fixture.loop.run { !seen.all.isEmpty }
        #expect(client.closeReason == nil)
    }

    @Test("A queue that is never empty gives back what it is done with")
    func queueMemory() async {
        let fixture = Fixture(options: ServerOptions(maximumWaitingEvents: 1_000))
        let (gate, seen) = (Gate(), Recorder<Int>())
        fixture.main.on("step") { (socket, n: Int) in
            await gate.pass()
            seen.add(n)
        }
        let client = fixture.joinedClient()
        for n in 0..<900 { client.send("2[\"step\",\(n)]") }
        gate.open()
        await fixture.loop.run { seen.all.count == 900 }
        #expect(seen.all == Array(0..<900))
    }
}
