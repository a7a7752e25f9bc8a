// Licensed under the MIT licence.

/// What is written about the settings, all from one list.
enum SettingsText {
    /// The table of the README.
    static var markdownTable: String {
        var lines = ["| variable | default | meaning |", "|---|---|---|"]
        for setting in SettingGroup.allSettings {
            let standard = setting.standard.map { "`\($0)`" } ?? "unset"
            lines.append("| `\(setting.name)` | \(standard) | \(setting.meaning)\(self.values(of: setting)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The file `.env.example`: every variable with its default, those without one commented out.
    static var environmentFile: String {
        var lines = [
            "# Martlet's settings and their defaults. Copy this file to .env and change what you need; a variable in",
            "# the environment wins over the same one here, and an option on the command line over both.",
        ]
        for group in SettingGroup.all {
            let rule = String(repeating: "-", count: max(3, 94 - group.title.count))
            lines += ["", "# --- \(group.title) \(rule)"]
            for setting in group.settings {
                lines.append("")
                let meaning = self.plain(self.sentence(setting.meaning) + self.values(of: setting) + ".")
                lines += self.wrap(meaning, width: 100).map { "# \($0)" }
                lines.append(setting.standard.map { "\(setting.name)=\($0)" } ?? "#\(setting.name)=")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The options for `--help`.
    static var help: String {
        var lines: [String] = []
        for group in SettingGroup.all {
            lines += ["", "\(group.title.uppercased()):"]
            for setting in group.settings {
                lines.append(
                    "  \(setting.isSecret ? setting.name : "\(setting.option) <\(setting.values.placeholder)>")"
                )
                let standard = setting.standard.map { " (default: \($0))" } ?? ""
                lines += self.wrap(self.plain(setting.meaning) + standard, width: 70).map { "        \($0)" }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The unit or the words that a value may be, where the meaning does not say.
    private static func values(of setting: Setting) -> String {
        switch setting.values {
        case .milliseconds: return ", in milliseconds"
        case .seconds: return ", in seconds"
        case .bytes: return ", in bytes"
        case .toggle where !setting.meaning.contains("`"): return ": `on` or `off`"
        case .choice(let words) where !words.allSatisfy({ setting.meaning.contains("`\($0)`") }):
            return ": " + words.map { "`\($0)`" }.joined(separator: ", ")
        case .text, .integer, .toggle, .choice: return ""
        }
    }

    private static func sentence(_ text: String) -> String {
        text.hasPrefix("`") ? text : text.prefix(1).uppercased() + text.dropFirst()
    }

    private static func plain(_ text: String) -> String { text.replacing("`", with: "") }

    private static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
