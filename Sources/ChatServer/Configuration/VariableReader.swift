// Licensed under the MIT licence.

import Configuration

/// Reads single variables, and says in one line what is wrong with one that does not parse.
///
/// A variable that is set to nothing is set: it does not parse, rather than leaving something open that was meant to be
/// closed.
struct VariableReader {
    private let config: ConfigReader

    init(_ config: ConfigReader) {
        self.config = config
    }

    /// The text of a variable, without white space around it.
    func text(_ name: String, isSecret: Bool = false) -> String? {
        // The library turns what is not a number into the default, so that all values are read as text.
        guard let text = self.config.string(forKey: ConfigKey([name]), isSecret: isSecret) else { return nil }
        return String(text[...].trimmingSpaces())
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(StartError) -> Int? {
        try self.number(name, "an integer", range)
    }

    func milliseconds(_ name: String, in range: ClosedRange<Int>) throws(StartError) -> Duration? {
        try self.number(name, "milliseconds, an integer", range).map { .milliseconds($0) }
    }

    func seconds(_ name: String, in range: ClosedRange<Int>) throws(StartError) -> Duration? {
        try self.number(name, "seconds, an integer", range).map { .seconds($0) }
    }

    private func number(_ name: String, _ kind: String, _ range: ClosedRange<Int>) throws(StartError) -> Int? {
        guard let text = self.text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw self.refusal(name, "\(kind) from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func toggle(_ name: String) throws(StartError) -> Bool? {
        switch self.text(name)?.lowercased() {
        case nil: nil
        case "on", "true", "yes", "1": true
        case "off", "false", "no", "0": false
        default: throw self.refusal(name, "on or off")
        }
    }

    func choice<Choice>(_ name: String) throws(StartError) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let text = self.text(name) else { return nil }
        guard let choice = Choice(rawValue: text.lowercased()) else {
            throw self.refusal(name, Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// What to say about a value that does not do.
    func refusal(_ name: String, _ allowed: String, isSecret: Bool = false) -> StartError {
        guard !isSecret, let text = self.text(name) else {
            return StartError("\(name) does not do: it takes \(allowed).")
        }
        guard !text.isEmpty else { return StartError("\(name) is set but empty: it takes \(allowed).") }
        // The line stays one line, whatever the value is.
        let shown = text.unicodeScalars.prefix(60).map { $0.properties.isGraphic ? String($0) : "\u{fffd}" }.joined()
        return StartError("\(name) is \"\(shown)\", which does not do: it takes \(allowed).")
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isGraphic: Bool {
        switch self.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
