// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Testing
import WireJSON

@testable import SocketIOAdmin

@Suite struct SocketSnapshotTests {
    private static func socket(_ id: String, rooms: [Room] = []) -> ReportedSocket {
        ReportedSocket(
            SocketDescription(id: id, handshake: .emptyObject, rooms: [Room(id)] + rooms, data: .emptyObject),
            namespace: "/",
            maximumShownBytes: 1_000
        )
    }

    private static func key(_ id: String) -> SocketSnapshot.Key { .init(namespace: "/", id: id) }

    /// What is to be sent, as `id room room`.
    private static func rest(_ snapshot: inout SocketSnapshot) throws -> [String] {
        try snapshot.next(maximumBytes: .max).map { json in
            let socket = try JSONValue(validating: json)
            let rooms = socket.member("rooms")?.elements.compactMap(\.stringValue) ?? []
            return rooms.joined(separator: " ")
        }
    }

    @Test("What happens while the sockets are fetched is done to them afterwards")
    func loading() throws {
        var snapshot = SocketSnapshot()
        #expect(!snapshot.isEmpty)
        // Before it was described: all of it is in the description already.
        snapshot.told(.connected(Self.socket("early")))
        snapshot.told(.joined(Self.key("early"), room: "r"))
        // After: nothing of it is.
        snapshot.told(.disconnected(Self.key("gone")))
        snapshot.told(.joined(Self.key("stays"), room: "new"))
        snapshot.told(.left(Self.key("stays"), room: "old"))
        snapshot.told(.connected(Self.socket("late")))
        snapshot.told(.joined(Self.key("late"), room: "r"))
        snapshot.told(.connected(Self.socket("passing")))
        snapshot.told(.disconnected(Self.key("passing")))
        snapshot.loaded([
            Self.socket("early", rooms: ["r"]), Self.socket("gone"), Self.socket("stays", rooms: ["old"]),
        ])
        #expect(try Self.rest(&snapshot) == ["early r", "stays new", "late r"])
        #expect(snapshot.isEmpty)
    }

    @Test("What happens while they are sent is done to those that are not sent yet")
    func sending() throws {
        var snapshot = SocketSnapshot()
        snapshot.loaded(["a", "b", "c", "d"].map { Self.socket($0) })
        #expect(snapshot.next(maximumBytes: 1).count == 1)
        snapshot.told(.joined(Self.key("a"), room: "r"))
        snapshot.told(.joined(Self.key("b"), room: "r"))
        snapshot.told(.disconnected(Self.key("c")))
        // The feed has told it, so there is nothing left to tell.
        snapshot.told(.connected(Self.socket("e")))
        #expect(try Self.rest(&snapshot) == ["b r", "d"])
        #expect(snapshot.isEmpty)
        #expect(snapshot.next(maximumBytes: 1) == [])
    }

    @Test("Too many changes are forgotten, not kept")
    func bounded() throws {
        var snapshot = SocketSnapshot(maximumChanges: 2)
        for id in ["a", "b", "c"] { snapshot.told(.connected(Self.socket(id))) }
        snapshot.loaded([])
        #expect(try Self.rest(&snapshot) == ["a", "b"])
    }

    @Test("What is secret, internal or too long is not shown")
    func reported() throws {
        let long = String(repeating: "x", count: 2_000)
        let handshake = try JSONValue(
            validating: ByteBuffer(
                string: #"{"headers":{"cookie":"a=1","Authorization":"Bearer t","host":"h","ua":"\#(long)"},"#
                    + #""auth":{"token":"t"},"url":"/\#(long)","query":{"a":"\#(long)"},"issued":1,"extra":2}"#
            )
        )
        let data = try JSONValue(
            validating: ByteBuffer(string: #"{"_admin":{"clientId":"c","transport":"polling"},"n":1.0}"#)
        )
        let socket = ReportedSocket(
            SocketDescription(id: "i", handshake: handshake, rooms: ["i", Room("x", realm: 1)], data: data),
            namespace: "/",
            maximumShownBytes: 4_000
        )
        var json = ByteBuffer()
        socket.write(into: &json)
        let expected =
            #"{"id":"i","clientId":"c","transport":"polling","nsp":"/","data":{"n":1.0},"handshake":{"headers":{"#
            + #""cookie":"(hidden)","Authorization":"(hidden)","host":"h","ua":"(too long to be shown)"},"query":{},"#
            + #""issued":1,"url":"(too long to be shown)"},"rooms":["i"]}"#
        #expect(String(buffer: json) == expected)
        let again = try #require(ReportedSocket(reported: JSONValue(validating: json)))
        var copy = ByteBuffer()
        again.write(into: &copy)
        #expect(copy == json)
    }
}
