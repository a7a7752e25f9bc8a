// Licensed under the MIT licence.

import ArgumentParser
import Testing

@testable import ChatServer

/// What `martlet serve --help` prints.
@Suite struct ServeHelpTests {
    private let lines = MartletCommand.helpMessage(for: ServeCommand.self, columns: 80).split(separator: "\n")

    @Test(arguments: SettingGroup.allSettings.map(\.name))
    func hasEverySetting(name: String) throws {
        let setting = try #require(SettingGroup.allSettings.first { $0.name == name })
        let start = setting.isSecret ? setting.name : "\(setting.option) <"
        #expect(self.lines.filter { $0.hasPrefix("  \(start)") }.count == 1)
    }

    @Test func fitsATerminal() {
        #expect(self.lines.allSatisfy { $0.count <= 80 })
    }

    /// Nothing of it is wrapped a second time.
    @Test func isWhatWasWritten() {
        let written = SettingsText.help.split(separator: "\n").joined(separator: "\n")
        #expect(self.lines.joined(separator: "\n").contains(written))
    }
}
