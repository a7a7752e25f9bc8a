// Licensed under the MIT licence.

import Testing

@testable import LoadGenerator

@Suite struct LoadSettingsTests {
    private func settings(_ arguments: String...) throws -> LoadSettings {
        try SIOBench.settings(arguments)
    }

    struct Row: CustomTestStringConvertible {
        var scenario: Scenario
        var clients: Int
        var rooms: Int
        var senders: Int
        var testDescription: String { self.scenario.rawValue }
    }

    @Test(arguments: [
        Row(scenario: .fan1, clients: 1_000, rooms: 1, senders: 10),
        Row(scenario: .solo, clients: 1_000, rooms: 1, senders: 1),
        Row(scenario: .fan100, clients: 1_000, rooms: 100, senders: 100),
        Row(scenario: .open, clients: 1_000, rooms: 100, senders: 100),
        Row(scenario: .echo, clients: 100, rooms: 100, senders: 100),
        Row(scenario: .connect, clients: 5_000, rooms: 5_000, senders: 0),
        Row(scenario: .idle, clients: 10_000, rooms: 1_000, senders: 0),
    ])
    func scenariosHaveTheirSizes(row: Row) throws {
        let settings = try self.settings("--scenario", row.scenario.rawValue)
        #expect(settings.clients == row.clients)
        #expect(settings.rooms == row.rooms)
        #expect(settings.senders == row.senders)
        #expect(settings.mode == (row.scenario == .open ? .open : .closed))
    }

    @Test func scaledScenariosKeepTheirShape() throws {
        let settings = try self.settings("--scenario", "fan100", "--clients", "19000")
        #expect(settings.rooms == 1_900)
        #expect(settings.senders == 1_900)
    }

    @Test func optionsReplaceTheScenariosValues() throws {
        let settings = try self.settings(
            "--scenario",
            "fan100",
            "--clients",
            "90",
            "--rooms",
            "9",
            "--senders-per-room",
            "2",
            "--rate",
            "50",
            "--source-addresses",
            "3"
        )
        #expect(settings.senders == 18)
        #expect(settings.mode == .open)
        #expect(settings.sourceAddresses == ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    }

    @Test func everyClientIsInOneRoomAndEverySenderCounts() throws {
        let settings = try self.settings("--clients", "23", "--rooms", "5", "--senders", "12")
        let places = (0..<23).map { (settings.room(ofClient: $0), settings.place(ofClient: $0)) }
        for room in 0..<5 {
            let inRoom = places.filter { $0.0 == room }.map(\.1)
            #expect(inRoom == Array(0..<settings.members(ofRoom: room)))
        }
        #expect((0..<23).count { settings.senderPlace(ofClient: $0) != nil } == 12)
        #expect((0..<5).map(settings.senders(inRoom:)).reduce(0, +) == 12)
    }

    @Test(arguments: [
        ["--clients", "0"], ["--clients", "-1"], ["--clients", "2000000"], ["--clients", "10", "--rooms", "11"],
        ["--rooms", "0"],
        ["--payload-bytes", "47"], ["--senders", "0"], ["--senders", "1000"],
        ["--clients", "10", "--rooms", "3", "--senders-per-room", "4"],
        ["--senders", "1", "--senders-per-room", "1"], ["--senders-per-room", "9223372036854775807"],
        ["--transport", "carrier-pigeon"],
        ["--window", "0"], ["--rate", "nan"], ["--duration", "inf"], ["--namespace", "admin"], ["--no-join"],
        ["--threads", "0"],
        ["--clients", "100000", "--rooms", "1", "--senders", "100000"], ["--source-addresses", "0"],
    ])
    func nonsenseIsRefused(arguments: [String]) {
        // Options that begin with a dash and a digit are the parser's to refuse; both ways end with status 2.
        #expect(throws: (any Error).self) { try SIOBench.settings(arguments) }
    }
}
