// Licensed under the MIT licence.

import Testing

@testable import RedisNIO

@Suite struct ConfirmedBatchTests {
    @Test func `What is answered while a batch is under way is given out at its end, once`() {
        var batch = ConfirmedBatch<Int>()
        let early = batch.answered(1)
        let nothing = batch.ended()
        #expect(!early && nothing.isEmpty, "nothing is under way")
        batch.began()
        #expect(batch.isUnderway)
        let second = batch.answered(2)
        batch.began()
        let third = batch.answered(3)
        #expect(second && third)
        let held = batch.ended()
        #expect(held == [2, 3])
        #expect(!batch.isUnderway)
        let (rest, late) = (batch.ended(), batch.answered(4))
        #expect(rest.isEmpty && !late)
    }
}
