// Licensed under the MIT licence.

internal import ArgumentParser

/// Settings on the command line: `--server-port 9000` or `--server-port=9000`, for any but secrets.
///
/// They are not declared one by one, since ``SettingGroup/all`` has them already.
struct SettingArguments: ParsableArguments {
    @Argument(parsing: .allUnrecognized, help: .hidden)
    var words: [String] = []

    func validate() throws {
        do {
            _ = try Self.variables(self.words)
        } catch {
            throw ValidationError(error.line)
        }
    }

    /// The variables that the words set; of one that comes twice, the last counts.
    ///
    /// - Throws: What is wrong with the first word that is.
    static func variables(_ words: [String]) throws(StartError) -> [String: String] {
        var variables: [String: String] = [:]
        var words = words[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("--") else { throw StartError("Unexpected argument '\(word)'.") }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let setting = SettingGroup.allSettings.first(where: { $0.option == parts[0] }) else {
                throw StartError("Unknown option '\(parts[0])'\(self.hint(parts[0])).")
            }
            // Whoever lists the processes of the machine sees their arguments.
            guard !setting.isSecret else {
                throw StartError(
                    "\(setting.name) is a secret, which others could read on a command line; set it in the environment or in .env."
                )
            }
            guard let value = parts.count == 2 ? String(parts[1]) : words.popFirst() else {
                throw StartError("\(setting.option) needs a value: it takes \(setting.values.allowed).")
            }
            variables[setting.name] = value
        }
        return variables
    }

    private static func hint(_ option: Substring) -> String {
        let name = option.dropFirst(2).uppercased().replacing("-", with: "_")
        return SettingSpelling.meant(by: name).map { "; did you mean '\($0.option)'?" } ?? ""
    }
}
