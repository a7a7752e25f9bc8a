// Licensed under the MIT licence.

import NIOCore
import SocketIOClient
import Testing

@testable import LoadGenerator

@Suite struct ConnectionPlanTests {
    /// Clients 0, 1 and 2 are the first members of three rooms, 3, 4 and 5 the second ones.
    @Test func membersOfARoomGoToTheNodesByTurns() throws {
        let urls = ["http://127.0.0.1:1001", "http://127.0.0.1:1002"]
        let settings = try SIOBench.settings(["--clients", "6", "--rooms", "3", "--url", urls[0], "--url", urls[1]])
        let plan = try ConnectionPlan(
            settings: settings,
            targets: try settings.urls.map { try LoadTarget($0, allowRemote: false) },
            headers: [],
            template: RunTemplate(settings: settings, token: nil, run: "0000000")
        )
        let ports = (0..<6).map { plan.options(client: $0).address.port }
        #expect(ports == [1001, 1002, 1001, 1002, 1001, 1002])
    }

    @Test(arguments: ["https://127.0.0.1", "not a URL", "http://192.0.2.1"])
    func placesThatAreNotGoneTo(url: String) {
        #expect(throws: LoadFailure.self) { try LoadTarget(url, allowRemote: false) }
    }
}
