// Licensed under the MIT licence.

import Chat
import Logging

/// One event, on its way to a line.
///
/// Whatever the parts hold, the line is one line: control characters are escaped, so nothing that a peer had a say in can begin a line
/// of its own or move a terminal's cursor.
struct LogLine {
    let time: Timestamp
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: Logger.Metadata

    /// The line without its end.
    func formatted(as format: LogFormat) -> String { format == .json ? self.json : self.text }

    private var text: String {
        var line = "\(self.time) \(self.level.rawValue) \(self.label): "
        LogText.escape(self.message, into: &line)
        for (key, value) in self.metadata.sorted(by: { $0.key < $1.key }) {
            line += " "
            LogText.write(word: key, into: &line)
            line += "="
            switch value {
            case .string(let text): LogText.write(word: text, into: &line)
            case .stringConvertible(let value): LogText.write(word: value.description, into: &line)
            case .array, .dictionary: LogText.write(json: value, into: &line)
            }
        }
        return line
    }

    /// `{"time":"…","level":"warning","label":"martlet","message":"…","metadata":{…}}`; `metadata` only if there is any.
    private var json: String {
        var line = "{\"time\":\"\(self.time)\",\"level\":\"\(self.level.rawValue)\",\"label\":"
        LogText.write(quoted: self.label, into: &line)
        line += ",\"message\":"
        LogText.write(quoted: self.message, into: &line)
        if !self.metadata.isEmpty {
            line += ",\"metadata\":"
            LogText.write(json: .dictionary(self.metadata), into: &line)
        }
        return line + "}"
    }
}

/// Writes text so that it stays on its line.
private enum LogText {
    /// The longest text that is written; what is behind is cut.
    private static let maximumScalars = 4096

    static func escape(_ text: String, quotes: Bool = false, into line: inout String) {
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            guard count <= self.maximumScalars else {
                line += "…"
                return
            }
            switch scalar {
            case "\\" where quotes: line += "\\\\"
            case "\"" where quotes: line += "\\\""
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            // Format characters (Cf) turn the direction of text around or are not seen at all.
            case _ where [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.category):
                self.write(escapeOf: scalar, into: &line)
            default: line.unicodeScalars.append(scalar)
            }
        }
    }

    /// As JSON escapes it, with surrogates where need be.
    private static func write(escapeOf scalar: Unicode.Scalar, into line: inout String) {
        for unit in Character(scalar).utf16 {
            let digits = String(unit, radix: 16)
            line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    static func write(quoted text: String, into line: inout String) {
        line += "\""
        self.escape(text, quotes: true, into: &line)
        line += "\""
    }

    /// Quotes text only if it would not be one word.
    static func write(word text: String, into line: inout String) {
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.value > 0x20 && $0.value < 0x7f && !"\"=\\".unicodeScalars.contains($0)
        }
        if isPlain, !text.isEmpty { line += text } else { self.write(quoted: text, into: &line) }
    }

    static func write(json value: Logger.MetadataValue, depth: Int = 0, into line: inout String) {
        switch value {
        case .string(let text): self.write(quoted: text, into: &line)
        case .stringConvertible(let value): self.write(quoted: value.description, into: &line)
        case _ where depth > 8: line += "null"
        case .array(let values):
            line += "["
            for (index, value) in values.enumerated() {
                if index > 0 { line += "," }
                self.write(json: value, depth: depth + 1, into: &line)
            }
            line += "]"
        case .dictionary(let members):
            line += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                self.write(quoted: member.key, into: &line)
                line += ":"
                self.write(json: member.value, depth: depth + 1, into: &line)
            }
            line += "}"
        }
    }
}

extension Unicode.Scalar {
    fileprivate var category: Unicode.GeneralCategory { self.properties.generalCategory }
}
