// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

@Suite struct AddressTableTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func limits(_ change: (inout AddressLimits) -> Void = { _ in }) -> AddressLimits {
        var limits = AddressLimits()
        limits.handshakesPerSecond = 2
        limits.handshakeBurst = 4
        limits.maximumConnections = 3
        change(&limits)
        return limits
    }

    private func network(_ address: String) throws -> NetworkRange { try #require(IPAddress(address)).assignedNetwork }

    private func admits(_ table: AddressTable, _ address: String, after seconds: Int64 = 0) -> AddressTable.Refusal? {
        do throws(AddressTable.Refusal) {
            try table.admitHandshake(address, now: Self.start + .seconds(seconds))
            return nil
        } catch {
            return error
        }
    }

    @Test func `a burst, and then so many a second`() {
        let table = AddressTable(self.limits())
        for _ in 0..<4 { #expect(self.admits(table, "192.0.2.1") == nil) }
        #expect(self.admits(table, "192.0.2.1") == .handshakes)
        #expect(self.admits(table, "192.0.2.2") == nil)
        for _ in 0..<2 { #expect(self.admits(table, "192.0.2.1", after: 1) == nil) }
        #expect(self.admits(table, "192.0.2.1", after: 1) == .handshakes)
        for _ in 0..<4 { #expect(self.admits(table, "192.0.2.1", after: 100) == nil) }
        #expect(self.admits(table, "192.0.2.1", after: 100) == .handshakes)
    }

    @Test func `of IPv6 a network of 64 bits is one owner's`() {
        let table = AddressTable(self.limits())
        for last in 1...4 { #expect(self.admits(table, "2001:db8::\(last)") == nil) }
        #expect(self.admits(table, "2001:db8::ffff:1:2:3") == .handshakes)
        #expect(self.admits(table, "2001:db8:0:1::1") == nil)
    }

    @Test func `so many sessions, and again when one has ended`() throws {
        let table = AddressTable(self.limits())
        let network = try self.network("192.0.2.1")
        for _ in 0..<3 { table.opened(network, now: Self.start) }
        #expect(self.admits(table, "192.0.2.1") == .connections)
        table.closed(.session, network)
        #expect(self.admits(table, "192.0.2.1") == nil)
    }

    @Test func `connections are counted by themselves`() throws {
        let table = AddressTable(self.limits())
        let network = try self.network("192.0.2.1")
        for _ in 0..<3 { #expect(table.admitConnection(network, now: Self.start)) }
        #expect(!table.admitConnection(network, now: Self.start))
        #expect(self.admits(table, "192.0.2.1") == nil)
        table.closed(.connection, network)
        #expect(table.admitConnection(network, now: Self.start))
    }

    @Test func `addresses that find no room share one, and make room when they have nothing open`() throws {
        let table = AddressTable(self.limits { $0.maximumAddresses = 2 }, stripes: 1)
        table.opened(try self.network("192.0.2.1"), now: Self.start)
        #expect(self.admits(table, "192.0.2.2") == nil)
        for last in 3...6 { #expect(self.admits(table, "192.0.2.\(last)") == nil) }
        #expect(self.admits(table, "192.0.2.7") == .handshakes)
        #expect(table.count == 2)
        // Two seconds fill a bucket, so that whoever has nothing open is as good as unknown.
        #expect(self.admits(table, "192.0.2.8", after: 3) == nil)
        #expect(table.count == 2)
        table.closed(.session, try self.network("192.0.2.1"))
        #expect(self.admits(table, "192.0.2.9", after: 6) == nil)
        #expect(table.count == 1)
    }

    @Test func `what is no address is nobody's`() {
        let table = AddressTable(self.limits())
        for _ in 0..<10 { #expect(self.admits(table, "") == nil) }
        #expect(table.count == 0)
    }
}
