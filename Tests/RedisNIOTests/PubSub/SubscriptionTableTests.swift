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

    @Test func `Names that look alike are channels of their own`() throws {
        let (composed, decomposed) = (RedisSubscription.channel("\u{e9}"), RedisSubscription.channel("e\u{301}"))
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        table.want(composed)
        table.want(decomposed)
        let names = "SUBSCRIBE \u{e9} e\u{301}"
        #expect(self.texts(table.takeCommands()).map { Array($0.utf8) } == [Array(names.utf8)])
        // Refused together, each is asked for again by itself.
        #expect(table.refused(try self.error("NOPERM no")) == .nothing)
        #expect(table.takeCommands().count == 2)
        #expect(table.subscribed(composed) == .confirmed(composed))
        #expect(table.subscribed(decomposed) == .confirmed(decomposed))
        table.dismiss(composed)
        #expect(table.isLive(decomposed) && !table.isLive(composed))
        let commands = self.texts(table.takeCommands())
        #expect(commands.map { Array($0.utf8) } == [Array("UNSUBSCRIBE \u{e9}".utf8)])
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

    @Test func `Names that were refused together are asked for one by one, and only those refused alone are given up`()
        throws
    {
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        for name in ["a", "b", "c"] { table.want(.channel(name)) }
        table.want(.pattern("p"))
        #expect(self.texts(table.takeCommands()) == ["SUBSCRIBE a b c", "PSUBSCRIBE p"])
        let error = try self.error("NOPERM no")
        #expect(table.refused(error) == .nothing)
        #expect(table.subscribed(.pattern("p")) == .confirmed(.pattern("p")))
        #expect(table.hasMore)
        // What is wanted meanwhile goes together, as ever.
        table.want(.channel("d"))
        table.want(.channel("e"))
        #expect(self.texts(table.takeCommands()) == ["SUBSCRIBE a", "SUBSCRIBE b", "SUBSCRIBE c", "SUBSCRIBE d e"])
        #expect(table.subscribed(.channel("a")) == .confirmed(.channel("a")))
        #expect(table.refused(error) == .refused([.channel("b")], error))
        #expect(table.subscribed(.channel("c")) == .confirmed(.channel("c")))
        #expect(table.subscribed(.channel("d")) == .confirmed(.channel("d")))
        // Whatever the server has confirmed of a command stays.
        #expect(table.refused(error) == .nothing)
        #expect(self.texts(table.takeCommands()) == ["SUBSCRIBE e"])
        #expect(table.refused(error) == .refused([.channel("e")], error))
        #expect(Set(table.subscriptions) == [.channel("a"), .channel("c"), .channel("d"), .pattern("p")])
        #expect(table.subscriptions.allSatisfy { table.isLive($0) })
        // Nothing was asked.
        #expect(table.refused(error) == .nothing)
        #expect(!table.hasMore)
    }

    @Test func `What is asked for one by one may be dismissed, and goes together on the next connection`() throws {
        var table = SubscriptionTable(dividesBySlot: false)
        table.connectionReady()
        for name in ["a", "b"] { table.want(.channel(name)) }
        _ = table.takeCommands()
        let error = try self.error("NOPERM no")
        // Taken back before the refusal, and behind it.
        table.dismiss(.channel("a"))
        #expect(table.refused(error) == .nothing)
        table.dismiss(.channel("b"))
        table.want(.channel("b"))
        #expect(
            self.texts(table.takeCommands()) == ["UNSUBSCRIBE a", "SUBSCRIBE b", "UNSUBSCRIBE b", "SUBSCRIBE b"]
        )
        #expect(table.unsubscribed(.channel("a")) == .nothing)
        // The last word decides.
        #expect(table.refused(error) == .nothing)
        #expect(table.unsubscribed(.channel("b")) == .nothing)
        #expect(table.subscribed(.channel("b")) == .confirmed(.channel("b")))
        table.want(.channel("c"))
        _ = table.connectionLost()
        table.connectionReady()
        #expect(table.takeCommands().map(\.argumentCount) == [3])
    }

    @Test func `What a node of a cluster refuses for its slot is given up together`() throws {
        var table = SubscriptionTable(dividesBySlot: true)
        table.connectionReady()
        for name in ["{a}1", "{a}2"] { table.want(.shardChannel(name)) }
        _ = table.takeCommands()
        let error = try self.error("MOVED 15495 127.0.0.1:7001")
        #expect(table.refused(error) == .refused([.shardChannel("{a}1"), .shardChannel("{a}2")], error))
        #expect(!table.hasMore)
    }

    @Test func `Many names that are asked for one by one are sent so many at a time`() throws {
        var table = SubscriptionTable(dividesBySlot: false)
        for number in 0..<10_000 { table.want(.channel("c\(number)")) }
        table.connectionReady()
        let error = try self.error("NOPERM no")
        var commands = table.takeCommands()
        var answered = 0
        var highest = 0
        var refusals = 0
        while answered < commands.count {
            highest = max(highest, commands[answered...].map { $0.argumentCount - 1 }.reduce(0, +))
            if case .refused(let names, _) = table.refused(error) { refusals += names.count }
            answered += 1
            if table.hasMore { commands += table.takeCommands() }
        }
        #expect(refusals == 10_000)
        #expect(highest == SubscriptionTable.maximumNamesUnderway)
        #expect(table.isEmpty)
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

    @Test func `A server that has come back is asked for so many names at a time`() {
        var table = SubscriptionTable(dividesBySlot: false)
        let wanted = (0..<10_000).map { RedisSubscription.channel("c\($0)") }
        for subscription in wanted { table.want(subscription) }
        table.connectionReady()
        var commands = self.texts(table.takeCommands())
        #expect(commands.count == 8)
        #expect(table.takeCommands().isEmpty)
        #expect(!table.hasMore)
        var confirmed = 0
        var answered = 0
        while answered < commands.count {
            for name in commands[answered].split(separator: " ").dropFirst() {
                #expect(table.subscribed(.channel(String(name))) == .confirmed(.channel(String(name))))
                confirmed += 1
            }
            answered += 1
            if table.hasMore { commands += self.texts(table.takeCommands()) }
        }
        #expect(confirmed == 10_000)
        #expect(commands.count >= 20)
        #expect(wanted.allSatisfy { table.isLive($0) })
        #expect(!table.hasMore)
    }
}
