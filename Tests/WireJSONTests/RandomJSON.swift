// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// What a JSON text means, for comparing what was meant with what was read.
indirect enum JSONModel: Equatable {
    case null
    case bool(Bool)
    /// As written.
    case number(String)
    case string([Unicode.Scalar])
    case array([JSONModel])
    case object([Member])

    struct Member: Equatable {
        var name: [Unicode.Scalar]
        var value: JSONModel
    }

    /// Reads all of `value`, by every way there is to walk it.
    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.boolValue ?? false)
        case .number: self = .number(String(buffer: value.bytes))
        case .string: self = .string(Array((value.stringValue ?? "").unicodeScalars))
        case .array: self = .array(value.elements.map { JSONModel($0) })
        case .object:
            self = .object(
                value.members.map {
                    Member(name: Array(($0.key.stringValue ?? "").unicodeScalars), value: JSONModel($0.value))
                }
            )
        }
    }

    static func random(depth: Int, using generator: inout some RandomNumberGenerator) -> JSONModel {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .number(self.randomNumber(using: &generator))
        case 3, 4: return .string(self.randomText(using: &generator))
        case 5...7:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    .random(depth: depth - 1, using: &generator)
                }
            )
        default:
            return .object(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    Member(
                        name: self.randomText(using: &generator),
                        value: .random(depth: depth - 1, using: &generator)
                    )
                }
            )
        }
    }

    private static func randomNumber(using generator: inout some RandomNumberGenerator) -> String {
        var text = Bool.random(using: &generator) ? "-" : ""
        text += String(UInt64.random(in: 0...(.max >> UInt64.random(in: 0...63, using: &generator)), using: &generator))
        if Int.random(in: 0..<4, using: &generator) == 0 { text += ".\(Int.random(in: 0...999, using: &generator))" }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            text += ["e", "E", "e+", "E-"].randomElement(using: &generator) ?? "e"
            text += String(Int.random(in: 0...400, using: &generator))
        }
        return text
    }

    private static func randomText(using generator: inout some RandomNumberGenerator) -> [Unicode.Scalar] {
        let ranges: [ClosedRange<UInt32>] = [
            0x61...0x7a, 0x61...0x7a, 0x20...0x7e, 0...0x7f, 0x80...0x7ff, 0x800...0xffff, 0x10000...0x10ffff,
        ]
        let length = Int.random(in: 0...(Int.random(in: 0..<4, using: &generator) == 0 ? 60 : 9), using: &generator)
        let range = ranges.randomElement(using: &generator) ?? 0...0x7f
        return (0..<length).map { _ in
            Unicode.Scalar(UInt32.random(in: range, using: &generator)) ?? "\u{fffd}"
        }
    }
}

extension JSONModel {
    /// One of the many texts that mean this.
    func text(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        var result: [UInt8] = []
        self.write(to: &result, using: &generator)
        return result
    }

    private func write(to result: inout [UInt8], using generator: inout some RandomNumberGenerator) {
        func space() {
            guard Int.random(in: 0..<3, using: &generator) == 0 else { return }
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                result.append([0x20, 0x09, 0x0a, 0x0d].randomElement(using: &generator) ?? 0x20)
            }
        }
        space()
        switch self {
        case .null: result += "null".utf8
        case .bool(let value): result += (value ? "true" : "false").utf8
        case .number(let text): result += text.utf8
        case .string(let text): Self.write(text, to: &result, using: &generator)
        case .array(let elements):
            result += "[".utf8
            space()
            for (index, element) in elements.enumerated() {
                if index > 0 { result += ",".utf8 }
                element.write(to: &result, using: &generator)
            }
            result += "]".utf8
        case .object(let members):
            result += "{".utf8
            space()
            for (index, member) in members.enumerated() {
                if index > 0 { result += ",".utf8 }
                space()
                Self.write(member.name, to: &result, using: &generator)
                space()
                result += ":".utf8
                member.value.write(to: &result, using: &generator)
            }
            result += "}".utf8
        }
        space()
    }

    /// Some characters as escapes, the rest as themselves.
    private static func write(
        _ text: [Unicode.Scalar],
        to result: inout [UInt8],
        using generator: inout some RandomNumberGenerator
    ) {
        let escapesMuch = Int.random(in: 0..<4, using: &generator) == 0
        result += "\"".utf8
        for scalar in text {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if mustEscape || (escapesMuch && Bool.random(using: &generator)) {
                if let short = self.shortEscapes[scalar], Bool.random(using: &generator) {
                    result += "\\\(short)".utf8
                    continue
                }
                for unit in String(scalar).utf16 {
                    let digits = String(UInt32(unit) + 0x10000, radix: 16).dropFirst()
                    result += "\\u\(Bool.random(using: &generator) ? digits.uppercased() : String(digits))".utf8
                }
            } else {
                result += String(scalar).utf8
            }
        }
        result += "\"".utf8
    }

    private static let shortEscapes: [Unicode.Scalar: String] = [
        "\"": "\"", "\\": "\\", "/": "/", "\u{8}": "b", "\u{c}": "f", "\n": "n", "\r": "r", "\t": "t",
    ]
}
