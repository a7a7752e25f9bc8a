// Licensed under the MIT licence.

/// One variable that whoever runs the server may set.
///
/// The list of them (``SettingGroup/all``) is the one source of what is read, of the README's table, of `.env.example` and of
/// `martlet serve --help`.
struct Setting: Sendable {
    /// What a variable takes.
    enum Values: Sendable {
        /// Anything that the words describe.
        case text(String)
        case integer(ClosedRange<Int>)
        case bytes(ClosedRange<Int>)
        case milliseconds(ClosedRange<Int>)
        case seconds(ClosedRange<Int>)
        /// `on` or `off`.
        case toggle
        /// One of these words.
        case choice([String])
    }

    /// The variable, such as `SERVER_PORT`.
    let name: String
    /// What it takes.
    let values: Values
    /// What holds when it is not set; nothing if that is nothing.
    let standard: String?
    /// A sentence without its full stop; code in backquotes.
    let meaning: String
    /// Whether the value must not be shown, nor stand on a command line.
    let isSecret: Bool

    init(
        _ name: String,
        _ values: Values,
        default standard: String? = nil,
        isSecret: Bool = false,
        _ meaning: String
    ) {
        self.name = name
        self.values = values
        self.standard = standard
        self.isSecret = isSecret
        self.meaning = meaning
    }

    /// The option on the command line: `--server-port`.
    var option: String { "--" + self.name.lowercased().replacing("_", with: "-") }
}

extension Setting.Values {
    /// What to write after "it takes".
    var allowed: String {
        switch self {
        case .text(let words): words
        case .integer(let range): Self.number("an integer", range)
        case .bytes(let range): Self.number("bytes, an integer", range)
        case .milliseconds(let range): Self.number("milliseconds, an integer", range)
        case .seconds(let range): Self.number("seconds, an integer", range)
        case .toggle: "on or off"
        case .choice(let words): words.joined(separator: ", ")
        }
    }

    /// The numbers it takes; nothing if it takes something else.
    var range: ClosedRange<Int>? {
        switch self {
        case .integer(let range), .bytes(let range), .milliseconds(let range), .seconds(let range): range
        case .text, .toggle, .choice: nil
        }
    }

    /// A word for what it takes, as in `--server-port <integer>`.
    var placeholder: String {
        switch self {
        case .text: "text"
        case .integer: "integer"
        case .bytes: "bytes"
        case .milliseconds: "ms"
        case .seconds: "s"
        case .toggle: "on|off"
        case .choice(let words): words.joined(separator: "|")
        }
    }

    private static func number(_ kind: String, _ range: ClosedRange<Int>) -> String {
        "\(kind) from \(range.lowerBound) to \(range.upperBound)"
    }
}
