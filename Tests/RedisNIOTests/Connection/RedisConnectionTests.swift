// Licensed under the MIT licence.

import NIOCore
import NIOEmbedded
import Testing

@testable import RedisNIO

@Suite
struct RedisConnectionTests {
    @Test func `It greets, and is ready`() throws {
        let fixture = try ConnectionFixture()
        #expect(try fixture.written() == ["*1\r\n$4\r\nPING\r\n"])
        #expect(!fixture.connection.isReady)
        try fixture.receive("+PONG\r\n")
        #expect(fixture.events == ["ready"])
        #expect(fixture.connection.isReady)
    }

    @Test func `Commands of one turn leave in one write, and are answered in order`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A")
        fixture.send("B")
        #expect(try fixture.written() == ["*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n"])
        #expect(fixture.connection.owed.count == 2)
        try fixture.receive("+1\r\n+")
        try fixture.receive("2\r\n")
        #expect(fixture.events == ["A = 1", "B = 2"])
        #expect(fixture.connection.owed.count == 0)
    }

    @Test func `A deadline passes, and the late reply is dropped`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A", within: .seconds(1))
        fixture.send("B", within: .seconds(3))
        _ = try fixture.written()
        fixture.advance(by: .milliseconds(999))
        #expect(fixture.events == [])
        fixture.advance(by: .milliseconds(1))
        #expect(fixture.takeEvents() == ["gave up A"])
        // A shorter one is noticed in its time although a later one was awaited.
        fixture.send("C", within: .milliseconds(100))
        fixture.advance(by: .milliseconds(100))
        #expect(fixture.takeEvents() == ["gave up C"])
        try fixture.receive("+late\r\n+b\r\n+late\r\n")
        #expect(fixture.events == ["B = b"])
        #expect(fixture.counters.snapshot.lateReplies == 2)
    }

    @Test func `A server that is silent while it owes an answer is taken for dead`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A", within: .seconds(1))
        fixture.send("B", within: .minutes(1))
        fixture.advance(by: .seconds(9))
        #expect(fixture.takeEvents() == ["gave up A"])
        // A sign of life counts, even half a reply.
        try fixture.receive("+")
        fixture.advance(by: .seconds(9))
        #expect(fixture.events == [])
        fixture.advance(by: .seconds(1))
        #expect(fixture.events == ["closed connectionLost [B]"])
        #expect(!fixture.channel.isActive)
    }

    @Test func `An idle server is asked for a sign of life`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.advance(by: .seconds(5))
        #expect(try fixture.written() == ["*1\r\n$4\r\nPING\r\n"])
        try fixture.receive("+PONG\r\n")
        fixture.advance(by: .seconds(4))
        #expect(try fixture.written() == [])
        fixture.advance(by: .seconds(1))
        #expect(try fixture.written() == ["*1\r\n$4\r\nPING\r\n"])
        #expect(fixture.events == [])
        fixture.advance(by: .seconds(10))
        #expect(fixture.events == ["closed connectionLost []"])
    }

    @Test func `A connection for subscriptions tells all that comes`() throws {
        let fixture = try ConnectionFixture(role: .subscriptions)
        try fixture.makeReady()
        fixture.connection.send([RedisCommand("SUBSCRIBE", "a"), RedisCommand("PSUBSCRIBE", "b")])
        #expect(try fixture.written().count == 1)
        try fixture.receive("*3\r\n+subscribe\r\n+a\r\n:1\r\n>3\r\n+message\r\n+a\r\n+x\r\n-ERR no\r\n")
        #expect(fixture.takeEvents() == ["received subscribe a", "received message a x", "received "])
        fixture.advance(by: .seconds(5))
        #expect(try fixture.written() == ["*1\r\n$4\r\nPING\r\n"])
        fixture.advance(by: .seconds(9))
        #expect(fixture.events == [])
        fixture.advance(by: .seconds(1))
        #expect(fixture.events == ["closed connectionLost []"])
    }

    @Test func `A push between replies answers nothing`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A")
        try fixture.receive(">2\r\n+invalidate\r\n+k\r\n+1\r\n")
        #expect(fixture.events == ["received invalidate k", "A = 1"])
    }

    @Test(arguments: ["?\r\n", "+unasked\r\n", "$1\r\nabc"])
    func `What makes no sense ends the connection`(bytes: String) throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A")
        _ = try fixture.written()
        if bytes == "+unasked\r\n" { try fixture.receive("+1\r\n") }
        try fixture.receive(bytes)
        #expect(fixture.events.last == "closed protocolViolation [\(bytes == "+unasked\r\n" ? "" : "A")]")
        #expect(!fixture.channel.isActive)
    }

    @Test func `Draining waits for what is owed`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A")
        _ = try fixture.written()
        fixture.connection.drain()
        #expect(!fixture.connection.isReady)
        #expect(fixture.events == [])
        try fixture.receive("+1\r\n")
        #expect(fixture.events == ["A = 1", "closed closed []"])
    }

    @Test func `The end is told once, and nothing after it`() throws {
        let fixture = try ConnectionFixture()
        try fixture.makeReady()
        fixture.send("A")
        _ = try fixture.written()
        fixture.channel.pipeline.fireChannelInactive()
        #expect(fixture.takeEvents() == ["closed connectionLost [A]"])
        fixture.connection.close(RedisError(.closed))
        fixture.connection.drain()
        fixture.advance(by: .minutes(1))
        #expect(fixture.events == [])
    }
}
