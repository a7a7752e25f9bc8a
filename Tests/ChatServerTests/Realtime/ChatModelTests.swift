// Licensed under the MIT licence.

import ChatTesting
import SocketIOTesting
import Testing

/// Clients of both protocol revisions in the chat as it is served, over a store that is slow and fails: what each of them is
/// sent has no gap, no repeat and no disorder; what was acknowledged was stored, and what was stored was sent to all.
@Suite struct ChatModelTests {
    @Test(
        "Nothing is lost, whatever the store does",
        arguments: [StoreFault.Odds(), .init(notDone: 8), .init(notDone: 4, lostBefore: 6, lostAfter: 10)]
    )
    func model(_ odds: StoreFault.Odds) throws {
        var seeds = SeededGenerator()
        for _ in 0..<60 {
            var world = try ChatWorld(seed: seeds.next(), odds: odds)
            for _ in 0..<200 { try world.step() }
            try world.finish()
        }
    }
}
