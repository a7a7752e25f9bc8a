// Licensed under the MIT licence.

import Chat
import Testing

@Suite struct MessageIDGeneratorTests {
    @Test("A prefix and a counter in base 36")
    func form() {
        var generator = MessageIDGenerator(seed: 0)
        let ids = (0..<1300).map { _ in generator.next().string }
        #expect(ids[0] == "000000001")
        #expect(ids[8] == "000000009")
        #expect(ids[9] == "00000000a")
        #expect(ids[34] == "00000000z")
        #expect(ids[35] == "0000000010")
        #expect(ids[1295] == "00000000100")
        #expect(Set(ids).count == ids.count)
    }

    @Test("Every seed gives letters and digits", arguments: [UInt64.max, 1, 62, 0x0123_4567_89ab_cdef])
    func alphabet(_ seed: UInt64) {
        var generator = MessageIDGenerator(seed: seed)
        let id = generator.next().string
        #expect(id.utf8.count == 9)
        #expect(
            id.utf8.allSatisfy {
                ("0"..."9").contains(Character(Unicode.Scalar($0))) || Character(Unicode.Scalar($0)).isLetter
            }
        )
    }

    @Test("Generators with different seeds do not meet")
    func prefixes() {
        var ids: Set<MessageID> = []
        for seed in 0..<1000 as Range<UInt64> {
            var generator = MessageIDGenerator(seed: seed &* 0x9e37_79b9_7f4a_7c15)
            for _ in 0..<3 { ids.insert(generator.next()) }
        }
        #expect(ids.count == 3000)
    }
}
