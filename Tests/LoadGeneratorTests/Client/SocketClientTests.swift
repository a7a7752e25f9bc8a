// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOClient
import Testing
import WireJSON

@Suite struct SocketClientTests {
    private func connect(_ port: Int) async throws -> SocketClient {
        try await SocketClient.connect(EngineClientOptions(port: port))
    }

    @Test func connectsAndTellsItsID() async throws {
        try await StubServer.run { port in
            let client = try await self.connect(port)
            #expect(try await client.id == "stub-socket")
            #expect(try await client.handshake.sid == "stub")
            #expect(try await client.transport == .websocket)
            try await client.close()
            #expect(try await client.closed() == .sessionEnded(.closedHere))
        }
    }

    @Test func eventsAreTakenByName() async throws {
        try await StubServer.run { port in
            let client = try await self.connect(port)
            try await client.emit("join", #"{"room_id":"a"}"#)
            try await client.emit("authenticate", #"{"user_id":"é😀"}"#)
            let authenticated = try await client.next("authenticated")
            #expect(authenticated.arguments.first?.member("user_id")?.stringValue == "é😀")
            #expect(try await client.nextEvent().name == "room_users")
            #expect(try await client.takeEvents().isEmpty)
            try await client.close()
        }
    }

    @Test func acknowledgementsComeBack() async throws {
        try await StubServer.run { port in
            let client = try await self.connect(port)
            async let first = client.emitWithAck("echo", "1", #"{"b":[2]}"#)
            async let second = client.emitWithAck("echo", #""x""#)
            #expect(try await first.arguments.map { String(buffer: $0.bytes) } == ["1", #"{"b":[2]}"#])
            #expect(try await second.arguments.first?.stringValue == "x")
            await #expect(throws: ClientError.timedOut("the acknowledgement of nothing")) {
                try await client.emitWithAck("nothing", within: .milliseconds(50))
            }
            try await client.close()
        }
    }

    @Test func serversQuestionsAreAnswered() async throws {
        try await StubServer.run { port in
            let client = try await self.connect(port)
            try await client.emit("ask", "1")
            let question = try await client.next("question")
            #expect(question.ackID == 7)
            try await client.acknowledge(question, #""because""#)
            _ = try await client.next("answered")
            try await client.close()
        }
    }

    @Test func refusalIsThrownWithItsPayload() async throws {
        try await StubServer.run(fault: .refuse) { port in
            let payload = try JSONValue(validating: ByteBuffer(string: #"{"message":"full"}"#))
            await #expect(throws: ClientError.refused(payload)) { try await self.connect(port) }
        }
    }

    @Test func waitsEndWithTheConnection() async throws {
        try await StubServer.run(fault: .disconnect) { port in
            let client = try await self.connect(port)
            try await client.emit("join", #"{"room_id":"a"}"#)
            for number in 0..<20 { try await client.emit("message", #"{"room_id":"a","content":"\#(number)"}"#) }
            #expect(try await client.closed() == .sessionEnded(.connectionLost(closeCode: nil)))
            for _ in 0..<19 { _ = try await client.next("message") }
            await #expect(throws: ClientError.closed(.sessionEnded(.connectionLost(closeCode: nil)))) {
                try await client.next("message")
            }
        }
    }

    @Test func connectionRefusedIsSaid() async throws {
        // A port that was free a moment ago.
        let port = try await StubServer.run { $0 }
        await #expect(throws: ClientError.closed(.sessionEnded(.connectFailed("Connection refused")))) {
            try await self.connect(port)
        }
    }
}
