// Licensed under the MIT licence.

import NIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite("JSON properties")
struct JSONPropertyTests {
    @Test("what was meant is what is read, however it is written")
    func roundTrip() throws {
        var generator = Self.generator()
        for _ in 0..<2_000 {
            let model = JSONModel.random(depth: 5, using: &generator)
            let text = model.text(using: &generator)
            let value = try JSONValue(validating: ByteBuffer(bytes: text))
            #expect(JSONModel(value) == model, "seed \(generator.seed)")
            // The value's own bytes mean the same again, and so does what is written from them.
            #expect(try JSONValue(validating: value.bytes) == value, "seed \(generator.seed)")
            var written = ByteBuffer()
            written.writeJSON(value)
            #expect(written == value.bytes, "seed \(generator.seed)")
        }
    }

    @Test("every part is a valid value in its own right")
    func parts() throws {
        var generator = Self.generator()
        func check(_ value: JSONValue) throws {
            let again = try JSONValue(validating: value.bytes)
            #expect(again == value && again.kind == value.kind, "seed \(generator.seed)")
            for element in value.elements { try check(element) }
            for member in value.members {
                try check(member.key)
                try check(member.value)
                let name = try #require(member.key.stringValue)
                #expect(member.isNamed(name) && member.key.isString(name), "seed \(generator.seed)")
                let last = value.members.filter { $0.isNamed(name) }.last
                #expect(value.member(name) == last?.value, "seed \(generator.seed)")
                var found: JSONValue?
                value.forEachMember(named: JSONNames(name)) { found = $1 }
                #expect(found == last?.value, "seed \(generator.seed)")
            }
        }
        for _ in 0..<500 {
            let text = JSONModel.random(depth: 4, using: &generator).text(using: &generator)
            try check(JSONValue(validating: ByteBuffer(bytes: text)))
        }
    }

    @Test("what is written is what is read")
    func writing() throws {
        var generator = Self.generator()
        for _ in 0..<2_000 {
            guard case .string(let scalars) = JSONModel.random(depth: 0, using: &generator) else { continue }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            var buffer = ByteBuffer()
            buffer.writeJSONString(text)
            let value = try JSONValue(validating: buffer)
            #expect(value.stringValue.map { Array($0.unicodeScalars) } == scalars, "seed \(generator.seed)")
            #expect(value.unicodeScalarCount == scalars.count, "seed \(generator.seed)")
            #expect(value.stringUTF8Count == text.utf8.count, "seed \(generator.seed)")
            #expect(value.isBlankString == scalars.allSatisfy(\.properties.isWhitespace), "seed \(generator.seed)")
        }
    }

    @Test("damaged texts are judged as a plain reading of the grammar judges them")
    func damage() {
        var generator = Self.generator()
        let bytes =
            Array(#"{}[]":,\/0123456789+-.eEtrufalsn "#.utf8)
            + [0x00, 0x09, 0x0a, 0x1f, 0x7f, 0x80, 0xbf, 0xc3, 0xe2, 0xf0, 0xff]
        var accepted = 0
        for _ in 0..<6_000 {
            var text = JSONModel.random(depth: 3, using: &generator).text(using: &generator)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let byte = bytes.randomElement(using: &generator) ?? 0
                let index = Int.random(in: 0...text.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: text.insert(byte, at: index)
                case 1 where index < text.count: text[index] = byte
                case 2 where index < text.count: text.remove(at: index)
                default: break
                }
            }
            let value = try? JSONValue(validating: ByteBuffer(bytes: text), maximumDepth: 4)
            #expect((value != nil) == ReferenceJSON.accepts(text, maximumDepth: 4), "\(text), seed \(generator.seed)")
            guard let value else { continue }
            accepted += 1
            _ = JSONModel(value)
        }
        #expect(accepted > 100, "the damage is mild enough to test both answers, seed \(generator.seed)")
    }

    @Test("random bytes never trap, in validating as in walking")
    func randomBytes() {
        var generator = Self.generator()
        let jsonBytes = Array(#"{}[]":,\\\"u0a1-.e+tf n"#.utf8)
        for round in 0..<20_000 {
            let length = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<length).map { _ in
                round.isMultiple(of: 2)
                    ? UInt8.random(in: 0...255, using: &generator) : jsonBytes.randomElement(using: &generator) ?? 0
            }
            do throws(JSONError) {
                let value = try JSONValue(validating: ByteBuffer(bytes: bytes))
                _ = JSONModel(value)
            } catch {
                #expect(error.offset >= 0 && error.offset <= length, "seed \(generator.seed)")
                #expect(error.code != .end || error.offset == length, "seed \(generator.seed)")
            }
        }
    }

    /// To run a failure again, put its seed here.
    private static func generator() -> SeededGenerator {
        let generator = SeededGenerator()
        print("JSONPropertyTests", "seed", generator.seed)
        return generator
    }
}
