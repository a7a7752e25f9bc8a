// Licensed under the MIT licence.

import Testing

@testable import LoadGenerator

/// Whole runs against a server in this process that misbehaves in one way.
@Suite struct LoadRunTests {
    private func run(_ fault: StubChat.Fault, _ arguments: String...) async throws -> LoadReport {
        try await StubServer.run(fault: fault) { port in
            let given = [
                "--clients", "12", "--rooms", "3", "--messages", "30", "--warmup", "0", "--drain", "60",
                "--connect-timeout", "180",
            ]
            let settings = try SIOBench.settings(given + arguments + ["--url", "http://127.0.0.1:\(port)"])
            let targets = try settings.urls.map { try LoadTarget($0, allowRemote: false) }
            var run = try LoadRun(
                settings: settings,
                label: nil,
                token: nil,
                headers: [],
                targets: targets,
                isQuiet: true
            )
            return try await run.run()
        }
    }

    @Test func cleanServerPasses() async throws {
        let report = try await self.run(.none)
        #expect(report.passed)
        let delivery = try #require(report.delivery)
        #expect(delivery.messagesSent == 90)
        #expect(delivery.deliveriesExpected == 360)
        #expect(delivery.deliveriesReceived == 360)
        #expect(delivery.latency.count > 0)
        #expect(delivery.hasSequence)
    }

    @Test(arguments: ["echo", "ack"])
    func everyReplyKeepsTheLoopGoing(reply: String) async throws {
        let report = try await self.run(.none, "--reply", reply, "--window", "3", "--threads", "2")
        #expect(report.passed)
        #expect(report.delivery?.messagesSent == 90)
    }

    @Test func openModeSendsAtItsRate() async throws {
        let report = try await self.run(.none, "--rate", "300")
        #expect(report.passed)
        let delivery = try #require(report.delivery)
        #expect(delivery.messagesSent == 90)
        // The last of 90 messages is due 0.297 s after the first.
        #expect(delivery.measuredSeconds > 0.29)
    }

    @Test func lossIsFound() async throws {
        let report = try await self.run(.lose, "--drain", "5")
        #expect(report.faults.lost == 3)
        #expect(!report.passed)
    }

    @Test func duplicateIsFound() async throws {
        let report = try await self.run(.duplicate)
        #expect(report.faults.duplicated == 4)
        #expect(report.faults.sequenceRepeats == 4)
        #expect(!report.passed)
    }

    @Test func reorderingIsFound() async throws {
        let report = try await self.run(.reorder)
        #expect(report.faults.lost == 0)
        #expect(report.faults.reordered == 3)
        #expect(!report.passed)
    }

    @Test func messageOfAnotherRoomIsFound() async throws {
        let report = try await self.run(.misdeliver)
        #expect(report.faults.strays == 1)
        #expect(!report.passed)
    }

    @Test func gapInTheNumbersIsFound() async throws {
        let report = try await self.run(.skipSequence)
        #expect(report.faults.lost == 0)
        #expect(report.faults.sequenceGaps == 4)
        #expect(!report.passed)
    }

    @Test func lostClientIsFound() async throws {
        let report = try await self.run(.disconnect, "--drain", "0.5")
        #expect(report.lostClients == 1)
        #expect(!report.passed)
    }

    @Test func connectingThatNeverEndsIsNoRun() async throws {
        await #expect(throws: LoadFailure.self) { try await self.run(.neverJoin, "--connect-timeout", "0.2") }
    }

    @Test func refusalIsNoRun() async throws {
        await #expect(throws: LoadFailure("could not connect: client 0: the server answered 4{\"message\":\"full\"}")) {
            try await self.run(.refuse, "--threads", "1")
        }
    }

    @Test func idleAndConnectSendNothing() async throws {
        for scenario in ["idle", "connect"] {
            let report = try await self.run(.none, "--scenario", scenario, "--duration", "0.2")
            #expect(report.passed)
            #expect(report.delivery == nil)
            #expect(report.connecting.latency.count == 12)
            #expect((report.idling != nil) == (scenario == "idle"))
        }
    }
}
