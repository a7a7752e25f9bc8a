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
    func text(_ setting: Setting) -> String? {
        // The library turns what is not a number into the default, so that all values are read as text.
        guard let text = self.config.string(forKey: ConfigKey([setting.name]), isSecret: setting.isSecret) else {
            return nil
        }
        return String(text[...].trimmingSpaces())
    }

    /// The text of a variable that may be set to nothing, which is as if it were not set.
    func textIfAny(_ setting: Setting) -> String? {
        self.text(setting).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The text of a variable that, if it is set, is not set to nothing.
    func required(_ setting: Setting) throws(StartError) -> String? {
        guard let text = self.text(setting) else { return nil }
        guard !text.isEmpty else { throw self.refusal(setting) }
        return text
    }

    /// A secret that is set, or is in a file that is, as Docker and Kubernetes mount them; read once.
    ///
    /// - Throws: That both are set, or what is wrong with the file.
    func secret(_ setting: Setting, orFile fileSetting: Setting) throws(StartError) -> String? {
        guard let path = self.textIfAny(fileSetting) else { return self.text(setting) }
        guard self.textIfAny(setting) == nil else {
            throw StartError("\(setting.name) and \(fileSetting.name) are both set; unset one.")
        }
        do {
            return try KeyFile.secret(path)
        } catch {
            throw StartError("\(fileSetting.name) is \(path.oneLine), which does not do: \(error.reason).")
        }
    }

    func integer(_ setting: Setting) throws(StartError) -> Int? {
        guard let text = self.text(setting) else { return nil }
        guard let number = Int(text), setting.values.range?.contains(number) == true else {
            throw self.refusal(setting)
        }
        return number
    }

    /// A time in the setting's unit.
    func duration(_ setting: Setting) throws(StartError) -> Duration? {
        guard let number = try self.integer(setting) else { return nil }
        if case .seconds = setting.values { return .seconds(number) }
        return .milliseconds(number)
    }

    func toggle(_ setting: Setting) throws(StartError) -> Bool? {
        switch self.text(setting)?.lowercased() {
        case nil: nil
        case "on", "true", "yes", "1": true
        case "off", "false", "no", "0": false
        default: throw self.refusal(setting)
        }
    }

    func choice<Choice: RawRepresentable<String>>(_ setting: Setting) throws(StartError) -> Choice? {
        guard let text = self.text(setting) else { return nil }
        guard let choice = Choice(rawValue: text.lowercased()) else { throw self.refusal(setting) }
        return choice
    }

    /// What to say about a value that does not do.
    ///
    /// - Parameters:
    ///   - setting: Which.
    ///   - allowed: What would do; by default what the setting takes.
    /// - Returns: The error to throw.
    func refusal(_ setting: Setting, _ allowed: String? = nil) -> StartError {
        let name = setting.name
        let allowed = allowed ?? setting.values.allowed
        guard !setting.isSecret, let text = self.text(setting) else {
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
