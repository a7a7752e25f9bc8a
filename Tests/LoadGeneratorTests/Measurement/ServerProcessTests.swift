// Licensed under the MIT licence.

import Testing

@testable import LoadGenerator

@Suite struct ServerProcessTests {
    @Test func ticksAreReadAfterTheLastBracketOfTheName() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 2000 0 0 0 123 77 5 6 20 0 4 0 1 2 3"
        #expect(ServerProcess.cpuTicks(stat: stat) == 200)
        #expect(ServerProcess.cpuTicks(stat: "42 (short) S 1 2") == nil)
        #expect(ServerProcess.cpuTicks(stat: "") == nil)
    }

    @Test func residentMemoryIsInKiB() {
        #expect(ServerProcess.residentKiB(status: "Name:\tx\nVmHWM:\t 9 kB\nVmRSS:\t   12345 kB\n") == 12_345)
        #expect(ServerProcess.residentKiB(status: "Name:\tx\n") == nil)
    }

    #if os(Linux)
    @Test func ownProcessIsThere() throws {
        let usage = try #require(ServerProcess(pids: [1]).usage())
        #expect(usage.residentKiB > 0)
        #expect(OwnProcess.cpuMicroseconds() > 0)
    }
    #endif

    @Test func missingProcessIsNoUsage() {
        #expect(ServerProcess(pids: [Int32.max]).usage() == nil)
    }

    @Test func cpuModelIsTheFirst() {
        #expect(
            Machine.cpuModel(cpuInfo: "processor\t: 0\nmodel name\t: Fast CPU @ 3: x\nmodel name\t: other\n")
                == "Fast CPU @ 3: x"
        )
        #expect(Machine.cpuModel(cpuInfo: "") == nil)
        #expect(Machine.current().cores > 0)
    }
}
