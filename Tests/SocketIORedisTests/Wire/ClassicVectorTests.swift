// Licensed under the MIT licence.

import Foundation
import NIOCore
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing
import WireJSON

/// Tests/Vectors/redis.json, made by dev/make-redis-vectors.py.
@Suite(.timeLimit(.minutes(15))) struct ClassicVectorTests {
    private static func rows(_ name: String, from file: String = #filePath) throws -> [JSONValue] {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Vectors/redis.json"))
        let root = try JSONValue(validating: ByteBuffer(bytes: data))
        return Array(try #require(root.member(name)).elements)
    }

    private static func text(_ row: JSONValue, _ name: String) -> String { row.member(name)?.stringValue ?? "" }

    private static func texts(_ row: JSONValue, _ name: String) -> [String] {
        row.member(name)?.elements.compactMap(\.stringValue) ?? []
    }

    @Test("What servers and emitters publish reaches clients")
    func received() throws {
        for row in try Self.rows("received") {
            let fixture = RedisFixture(nodes: 1)
            fixture.main(0).onConnectInline { $0.join("r", "7") }
            let client = fixture.client(node: 0)
            fixture.loop.run()
            fixture.redis.publish(ByteBuffer(hexadecimal: Self.text(row, "body")), on: Self.text(row, "channel"))
            fixture.loop.run()
            let name = Self.text(row, "name")
            #expect(client.take() == Self.texts(row, "sent"), "\(name)")
            #expect(fixture.buses[0].statistics.rejected == 0, "\(name)")
        }
    }

    @Test("What is published has the reference's bytes")
    func published() throws {
        for row in try Self.rows("published") {
            let fixture = RedisFixture(nodes: 1)
            let target = BroadcastTarget(
                rooms: Self.texts(row, "rooms").map { Room($0) },
                except: Self.texts(row, "except").map { Room($0) },
                isVolatile: row.member("volatile")?.boolValue == true
            )
            let event = BroadcastEvent(
                namespace: "/",
                name: Self.text(row, "event"),
                arguments: ByteBuffer(string: Self.text(row, "arguments"))
            )
            fixture.adapter(0).broadcast(event, to: target)
            fixture.loop.run()
            var expected = ByteBuffer(hexadecimal: Self.text(row, "body"))
            // Behind the heads of the array and of the string.
            expected.setString(fixture.buses[0].node.name, at: 2)
            #expect(fixture.redis.published.map(\.body) == [expected], "\(Self.text(row, "name"))")
        }
    }

    @Test("The body of another cluster, in the bytes it was seen in")
    func example() {
        let fixture = RedisFixture(nodes: 1)
        fixture.main(0).onConnectInline { $0.join("r1") }
        let client = fixture.client(node: 0)
        fixture.loop.run()
        let body =
            "93a661626331323383a47479706502a46461746192a16d01a36e7370a12f"
            + "83a5726f6f6d7391a27231a665786365707490a5666c61677380"
        fixture.redis.publish(ByteBuffer(hexadecimal: body), on: "socket.io#/#r1#")
        fixture.loop.run()
        #expect(client.take() == [#"2["m",1]"#])
    }

    private static let nonsense: [(String, String)] = [
        ("nothing", ""),
        ("not MessagePack", "c1"),
        ("no array", "a3616263"),
        ("too short an array", "91a1"),
        ("a count beyond the end", "dd7fffffff"),
        ("a packet that is no map", "93a378797a01c0"),
        ("a packet without data", "92a378797a81a47479706502"),
        ("another type", "92a378797a82a47479706503a46461746191a161"),
        ("no type", "92a378797a81a46461746191a161"),
        ("data that is no array", "92a378797a82a47479706502a464617461a161"),
        ("no name", "92a378797a82a47479706502a46461746190"),
        ("a reserved name", "92a378797a82a47479706502a46461746191a7636f6e6e656374"),
        ("ill-formed UTF-8", "92a378797a82a47479706502a46461746191a1ff"),
        ("an ill-formed sender", "92a1ff82a47479706502a46461746191a161"),
        ("a key that is no string", "92a378797a8290a1"),
        ("something behind it", "92a378797a82a47479706502a46461746191a16101"),
        ("the end in the middle", "92a378797a82a47479706502a46461746192a161"),
        (
            "a placeholder of its own",
            "92a378797a82a47479706502a46461746193a161c4010182ac5f706c616365686f6c646572c3a36e756d00"
        ),
        ("nested too deep", "92a378797a82a47479706502a46461746192a161" + String(repeating: "91", count: 200) + "01"),
    ]

    @Test("What makes no sense is counted and dropped", arguments: Self.nonsense)
    func malformed(name: String, hexadecimal: String) {
        let fixture = RedisFixture(nodes: 1)
        let client = fixture.client(node: 0)
        fixture.redis.publish(ByteBuffer(hexadecimal: hexadecimal), on: "socket.io#/#")
        fixture.loop.run()
        #expect(client.take() == [], "\(name)")
        #expect(fixture.buses[0].statistics.rejected == 1, "\(name)")
    }

    @Test("Bytes that were changed, cut or made up do no harm", arguments: 0..<50 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = RedisFixture(nodes: 1)
        _ = fixture.client(node: 0)
        let channels = ["socket.io#/#", "socket.io-request#/#", "socket.io-response#/#"]
        let bodies = try Self.rows("received").map { Array(buffer: ByteBuffer(hexadecimal: Self.text($0, "body"))) }
        for _ in 0..<100 {
            guard var bytes = bodies.randomElement(using: &generator) else { return }
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.removeLast(bytes.count - index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            let channel = channels[Int.random(in: 0..<3, using: &generator)]
            fixture.redis.publish(ByteBuffer(bytes: bytes), on: channel)
        }
        fixture.loop.run()
        #expect(fixture.buses[0].statistics.received == 100, "seed \(seed)")
    }
}
