// Licensed under the MIT licence.

import SocketIOTesting
import Testing

@testable import SocketIO
@testable import SocketIOAdmin

@Suite(.timeLimit(.minutes(15))) struct QuietDeliveryTests {
    @Test("Each receiver is looked at on its own as long as there is an admin, and no longer", arguments: 1...2)
    func attention(nodes: Int) async throws {
        let fixture = try AdminFixture(nodes: nodes, shards: 2)
        let parts = fixture.main.shards
        #expect(parts.allSatisfy { !$0.hasOutgoingListeners })
        let admin = await fixture.admin()
        #expect(parts.allSatisfy { $0.hasOutgoingListeners })
        let (client, id) = fixture.joined()
        _ = admin.take()
        try fixture.main.emit("hello")
        fixture.loop.run()
        #expect(client.take() == [#"2["hello"]"#])
        #expect(admin.take().map { "\($0.name) \($0.arguments[1])" } == ["event_sent \"\(id)\""])
        admin.client.end()
        fixture.loop.run()
        #expect(parts.allSatisfy { !$0.hasOutgoingListeners })
        // What the application listens to is seen in any case, and may be given up without the admins' losing sight.
        fixture.main.onAnyOutgoing { _, _ in }
        fixture.loop.run()
        #expect(parts.allSatisfy { $0.hasOutgoingListeners })
        fixture.main.offAnyOutgoing()
        fixture.loop.run()
        let next = await fixture.admin()
        try fixture.main.emit("again")
        #expect(next.take().map(\.name) == ["event_sent"])
    }
}
