// Licensed under the MIT licence.

import NIOCore
import Testing
import WireJSON

@Suite("JSON depth")
struct JSONDepthTests {
    enum Shape: String, CaseIterable, Sendable {
        case arrays, objects, alternating

        func text(depth: Int) -> String {
            var (open, close) = ("", "")
            for level in 0..<depth {
                let isArray = self == .arrays || (self == .alternating && level.isMultiple(of: 2))
                open += isArray ? "[" : level == depth - 1 ? "{" : #"{"a":"#
                close += isArray ? "]" : "}"
            }
            return open + String(close.reversed())
        }
    }

    @Test("64 levels are allowed, the 65th is refused at the byte that opens it", arguments: Shape.allCases)
    func limit(_ shape: Shape) throws {
        let allowed = try json(shape.text(depth: 64))
        #expect(allowed.bytes.readableBytes >= 128)
        let text = shape.text(depth: 65)
        let offset =
            switch shape {
            case .arrays: 64
            case .objects: 64 * 5
            case .alternating: 32 * 6
            }
        #expect(throws: JSONError(.depth, offset: offset)) { try json(text) }
    }

    @Test("5,000 and 200,000 levels are refused at once", arguments: Shape.allCases, [5_000, 200_000])
    func abuse(_ shape: Shape, depth: Int) {
        let error = #expect(throws: JSONError.self) { try json(shape.text(depth: depth)) }
        #expect(error?.code == .depth)
        // Also when nothing is ever closed.
        #expect(throws: JSONError(.depth, offset: 64)) { try json(String(repeating: "[", count: depth)) }
    }

    @Test("where the caller allows it, 200,000 levels are read and walked", arguments: Shape.allCases)
    func deepButAllowed(_ shape: Shape) throws {
        let buffer = ByteBuffer(string: shape.text(depth: 200_000))
        let value = try JSONValue(validating: buffer, maximumDepth: 200_000)
        #expect(value.bytes == buffer)
        #expect(value.elements.map(\.kind).count + value.members.map(\.value.kind).count == 1)
        #expect(throws: JSONError.self) { try JSONValue(validating: buffer, maximumDepth: 199_999) }
    }

    @Test("every container is closed by its own bracket", arguments: [1, 2, 63, 64, 65, 127, 128, 129, 300])
    func brackets(depth: Int) throws {
        for shape in Shape.allCases {
            let text = shape.text(depth: depth)
            _ = try JSONValue(validating: ByteBuffer(string: text), maximumDepth: depth)
            #expect(throws: JSONError(.depth, offset: 0)) {
                try JSONValue(validating: ByteBuffer(string: text), maximumDepth: 0)
            }
            let bytes = Array(text.utf8)
            for index in bytes.indices where bytes[index] == UInt8(ascii: "]") || bytes[index] == UInt8(ascii: "}") {
                var wrong = bytes
                wrong[index] ^= UInt8(ascii: "]") ^ UInt8(ascii: "}")
                #expect(throws: JSONError(.syntax, offset: index)) {
                    try JSONValue(validating: ByteBuffer(bytes: wrong), maximumDepth: depth)
                }
            }
        }
    }

    @Test("siblings do not add up: depth counts what is open")
    func siblings() throws {
        let text = "[" + Array(repeating: "[{},[]]", count: 1000).joined(separator: ",") + "]"
        let value = try JSONValue(validating: ByteBuffer(string: text), maximumDepth: 3)
        #expect(value.elements.map(\.kind).count == 1000)
        #expect(throws: JSONError(.depth, offset: 2)) {
            try JSONValue(validating: ByteBuffer(string: text), maximumDepth: 2)
        }
    }

    @Test("no depth at all still allows scalars", arguments: [0, -1, Int.min])
    func noDepth(maximumDepth: Int) throws {
        #expect(try JSONValue(validating: ByteBuffer(string: "\"a\""), maximumDepth: maximumDepth).isString("a"))
        #expect(throws: JSONError(.depth, offset: 0)) {
            try JSONValue(validating: ByteBuffer(string: "{}"), maximumDepth: maximumDepth)
        }
    }
}
