// Licensed under the MIT licence.

import EngineIOCore
import Foundation
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct EventTests {
    private struct Point: Codable, Equatable, Sendable {
        var x: Int
        var y: Double?
        var icon: Data?
    }

    @Test("Arguments of many types arrive as they were sent")
    func typedArguments() async {
        let fixture = Fixture()
        let seen = Recorder<String>()
        fixture.main.on("add") { (socket, a: Int, b: Int) in seen.add("\(a + b)") }
        fixture.main.on("mix") {
            (socket, text: String, flag: Bool, list: [Double], point: Point, none: Int?, raw: JSONValue) in
            seen.add("\(text) \(flag) \(list) \(point.x) \(point.y ?? 0) \(none ?? -1) \(String(buffer: raw.bytes))")
        }
        fixture.main.on("none") { (socket) in seen.add("none") }
        let client = fixture.joinedClient()
        client.send(#"2["add",1,2]"#)
        client.send(#"2["mix","tö\n",true,[1,2.5],{"x":3,"y":0.5},null,{"b":1.0,"a":2}]"#)
        client.send(#"2["none",1,2,3]"#)
        await fixture.loop.run { seen.all.count == 3 }
        #expect(seen.all == ["3", "tö\n true [1.0, 2.5] 3 0.5 -1 {\"b\":1.0,\"a\":2}", "none"])
    }

    @Test(
        "An event whose arguments do not fit is dropped, and the socket lives",
        arguments: ["", ",\"1\"", ",null", ",{}", ",1.5"]
    )
    func wrongArguments(_ arguments: String) async {
        let fixture = Fixture()
        let seen = Recorder<Int>()
        fixture.main.on("number") { (socket, number: Int) in seen.add(number) }
        let client = fixture.joinedClient()
        client.send("2[\"number\"\(arguments)]")
        client.send(#"2["number",7]"#)
        await fixture.loop.run { !seen.all.isEmpty }
        #expect(seen.all == [7])
        #expect(client.closeReason == nil)
    }

    @Test("Binary arguments come in as Data, as ByteBuffer, and inside of others")
    func binaryIn() async {
        let fixture = Fixture()
        let seen = Recorder<String>()
        fixture.main.on("file") { (socket, data: Data, buffer: ByteBuffer, point: Point) in
            seen.add("\(Array(data)) \(Array(buffer.readableBytesView)) \(Array(point.icon ?? Data()))")
        }
        let client = fixture.joinedClient()
        let (first, second, third) = (0, 1, 2)
        client.send(
            "53-[\"file\",{\"_placeholder\":true,\"num\":\(second)},{\"num\":\(first),\"_placeholder\":true},"
                + "{\"x\":1,\"icon\":{\"_placeholder\":true,\"num\":\(third)}}]",
            attachments: [[1], [2, 2], []]
        )
        await fixture.loop.run { !seen.all.isEmpty }
        #expect(seen.all == ["[2, 2] [1] []"])
    }

    @Test("A placeholder without its attachment is no Data")
    func placeholderOfNothing() async {
        let fixture = Fixture()
        let seen = Recorder<String>()
        fixture.main.on("file") { (socket, data: Data) in seen.add("file") }
        fixture.main.on("end") { (socket) in seen.add("end") }
        let client = fixture.joinedClient()
        client.send(#"2["file",{"_placeholder":true,"num":0}]"#)
        client.send(#"2["file",{"_placeholder":true,"num":-1}]"#)
        client.send(#"2["end"]"#)
        await fixture.loop.run { !seen.all.isEmpty }
        #expect(seen.all == ["end"])
    }

    @Test("Arguments go out as JSON, binary ones as attachments")
    func emit() throws {
        let fixture = Fixture()
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        fixture.server.of("/admin").onConnectInline { sockets.add($0) }
        let client = fixture.joinedClient()
        client.connect(to: "/admin")
        let raw = try JSONValue(validating: ByteBuffer(string: #"{"b":1.0,"a":2}"#))
        try sockets.all[0].emit("mix", 1, "a/\"b\"", [true, false], Int?.none, Point(x: 1), raw)
        try sockets.all[1].emit("none")
        try sockets.all[1].emit("file", Data([1, 2]), ByteBuffer(bytes: [3]), ["deep": [Data()]])
        fixture.loop.run()
        #expect(
            client.take() == [
                #"2["mix",1,"a/\"b\"",[true,false],null,{"x":1},{"b":1.0,"a":2}]"#,
                #"2/admin,["none"]"#,
                #"53-/admin,["file",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},"#
                    + #"{"deep":[{"_placeholder":true,"num":2}]}]"#,
                "<1 2>", "<3>", "<>",
            ]
        )
        #expect(throws: EncodingError.self) { try sockets.all[0].emit("bad", Double.nan) }
        fixture.loop.run()
        #expect(client.take() == [])
    }

    @Test("Raw handlers see the bytes as they came, and can send them on")
    func raw() {
        let fixture = Fixture()
        fixture.main.onInline("echo") { socket, event in
            #expect(event.name == "echo")
            #expect(event.arguments.count == 2)
            #expect(event.firstArgument?.kind == .object)
            socket.emit(raw: "back", arguments: event.rawArguments, attachments: event.attachments)
        }
        let client = fixture.joinedClient()
        client.send(#"51-["echo",{"n":1.0, "n":2},{"_placeholder":true,"num":0}]"#, attachments: [[9]])
        #expect(client.take() == [#"51-["back",{"n":1.0, "n":2},{"_placeholder":true,"num":0}]"#, "<9>"])
    }

    @Test("Events without a handler reach the one for unknown events, whatever they are called")
    func unknown() {
        let fixture = Fixture()
        let names = Recorder<String>()
        fixture.main.onInline("known") { _, _ in names.add("!") }
        fixture.main.onUnknownInline { names.add($1.name) }
        let client = fixture.joinedClient()
        for name in ["error", "__proto__", "a\\u0000b", "known", "", "constructor"] { client.send("2[\"\(name)\"]") }
        client.send("2[1]")
        #expect(names.all == ["error", "__proto__", "a\0b", "!", "", "constructor", "1"])
        #expect(client.closeReason == nil)
    }

    @Test("The last handler set for an event counts, and a socket's own comes before the namespace's")
    func lastHandler() async {
        let fixture = Fixture()
        let seen = Recorder<String>()
        fixture.main.onInline("a") { _, _ in seen.add("first") }
        fixture.main.onInline("a") { _, _ in seen.add("second") }
        fixture.main.onConnectInline { $0.on("b") { _, _ in seen.add("own") } }
        fixture.main.onInline("b") { _, _ in seen.add("namespace's") }
        let client = fixture.joinedClient()
        client.send(#"2["a"]"#)
        client.send(#"2["b"]"#)
        await fixture.loop.run { seen.all.count == 2 }
        #expect(seen.all == ["second", "own"])
    }

    @Test("Handlers set at once from many tasks are all there afterwards")
    func handlersFromManyTasks() async {
        let fixture = Fixture(shards: 3)
        let seen = Recorder<String>()
        let main = fixture.main
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 { group.addTask { main.onInline("e\(number)") { _, _ in seen.add("") } } }
        }
        for shard in 0..<3 {
            let client = fixture.joinedClient(shard: shard)
            for number in 0..<200 { client.send("2[\"e\(number)\"]") }
        }
        #expect(seen.all.count == 600)
    }
}
