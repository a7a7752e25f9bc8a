// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct SubscriptionTableTests {
    private func texts(_ commands: [RedisCommand]) -> [String] {
        commands.map { command in
            var buffer = ByteBuffer()
            command.write(into: &buffer)
            var decoder = RESPDecoder()
            decoder.append(buffer)
            return (try? decoder.next())?.elements?.compactMap(\.text).joined(separator: " ") ?? ""
        }
    }

    private func error(_ text: String) throws -> RedisServerReply {
        try #require(RedisServerReply(.simpleError(ByteBuffer(string: text))))
    }

    @Test func `What is wanted is subscribed to, and again on every connection`() {
        var table = SubscriptionTable(dividesBySlot: false)
        table.want(.channel("a"))
        #expect(self.texts(table.takeCommands()) == [])
        table.connectionReady()
        #expect(self.texts(table.takeCommands()) == ["SUBSCRIBE a"])
        #expect(table.subscribed(.channel("a")) == .confirmed(.channel("a")))
        #expect(table.isLive(.channel("a")))
        #expect(table.connectionLost() == [.channel("a")])
        #expect(!table.isLive(.channel("a")))
        table.connectionReady()
        #expect(self.texts(table.takeCommands()) == ["SUBSCRIBE a"])
        // Lost before it was confirmed: nothing was live.
        #expect(table.connectionLost() == [])
        table.dismiss(.channel("a"))
        table.connectionReady()
        #expect(self.texts(table.takeCommands()) == [])
        #expect(table.isEmpty)
    }

    @Test func `Changes of one turn go together, in their order`() {
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        table.want(.channel("a"))
        table.want(.channel("b"))
        table.want(.pattern("p*"))
        table.dismiss(.channel("a"))
        table.want(.channel("a"))
        #expect(self.texts(table.takeCommands()) == ["SUBSCRIBE a b", "PSUBSCRIBE p*", "UNSUBSCRIBE a", "SUBSCRIBE a"])
        // The first confirmation of `a` is taken back by what follows.
        #expect(table.subscribed(.channel("a")) == .nothing)
        #expect(table.subscribed(.channel("b")) == .confirmed(.channel("b")))
        #expect(table.subscribed(.pattern("p*")) == .confirmed(.pattern("p*")))
        #expect(table.unsubscribed(.channel("a")) == .nothing)
        #expect(table.subscribed(.channel("a")) == .confirmed(.channel("a")))
    }

    @Test func `What is dismissed before it is confirmed does not become live`() {
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        table.want(.channel("a"))
        _ = table.takeCommands()
        table.dismiss(.channel("a"))
        #expect(table.subscribed(.channel("a")) == .nothing)
        #expect(self.texts(table.takeCommands()) == ["UNSUBSCRIBE a"])
        #expect(table.unsubscribed(.channel("a")) == .nothing)
    }

    @Test func `Sharded channels of a cluster have a command for each slot`() {
        var table = SubscriptionTable(dividesBySlot: true)
        table.connectionReady()
        for name in ["{a}1", "{b}1", "{a}2"] { table.want(.shardChannel(name)) }
        #expect(self.texts(table.takeCommands()) == ["SSUBSCRIBE {a}1 {a}2", "SSUBSCRIBE {b}1"])
        table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        for name in ["{a}1", "{b}1", "{a}2"] { table.want(.shardChannel(name)) }
        #expect(self.texts(table.takeCommands()) == ["SSUBSCRIBE {a}1 {b}1 {a}2"])
    }

    @Test func `A command has no more than 512 names`() {
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        for number in 0..<1025 { table.want(.channel("\(number)")) }
        #expect(table.takeCommands().map(\.argumentCount) == [513, 513, 2])
    }

    @Test func `An error refuses all names of one command`() throws {
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        table.want(.channel("a"))
        table.want(.channel("b"))
        table.want(.pattern("p"))
        _ = table.takeCommands()
        let error = try self.error("NOPERM no")
        #expect(table.refused(error) == .refused([.channel("a"), .channel("b")], error))
        #expect(table.subscribed(.pattern("p")) == .confirmed(.pattern("p")))
        #expect(table.subscriptions == [.pattern("p")])
        // Nothing was asked.
        #expect(table.refused(error) == .nothing)
    }

    @Test func `What the server ends by itself is told`() {
        var table = SubscriptionTable(dividesBySlot: true)
        table.connectionReady()
        table.want(.shardChannel("a"))
        _ = table.takeCommands()
        _ = table.subscribed(.shardChannel("a"))
        #expect(table.unsubscribed(.shardChannel("a")) == .ended(.shardChannel("a")))
        #expect(table.unsubscribed(.shardChannel("a")) == .nothing)
        #expect(table.isEmpty)
    }

    @Test func `Receivers share a subscription`() {
        var registry = SubscriptionRegistry<String>()
        let ids = (0..<3).map { _ in SubscriptionTableTests.Identity() }
        let subscription = RedisSubscription.channel("a")
        #expect(registry.add("x", id: ObjectIdentifier(ids[0]), to: subscription) == .first)
        #expect(registry.add("x", id: ObjectIdentifier(ids[0]), to: subscription) == .known)
        #expect(registry.add("y", id: ObjectIdentifier(ids[1]), to: subscription) == .further(isLive: false))
        #expect(registry.becameLive(subscription) == false)
        #expect(registry.becameLive(subscription) == nil)
        #expect(registry.add("z", id: ObjectIdentifier(ids[2]), to: subscription) == .further(isLive: true))
        #expect(registry.interrupted(subscription) == true)
        #expect(registry.interrupted(subscription) == false)
        #expect(registry.becameLive(subscription) == true)
        #expect(registry.remove(id: ObjectIdentifier(ids[0]), from: subscription) == .others)
        #expect(registry.remove(id: ObjectIdentifier(ids[0]), from: subscription) == .unknown)
        #expect(registry.receivers(of: subscription).map(\.receiver) == ["y", "z"])
        #expect(registry.remove(id: ObjectIdentifier(ids[1]), from: subscription) == .others)
        #expect(registry.remove(id: ObjectIdentifier(ids[2]), from: subscription) == .last)
        #expect(registry.becameLive(subscription) == nil)
        #expect(registry.interrupted(subscription) == false)
    }

    private final class Identity {}
}
