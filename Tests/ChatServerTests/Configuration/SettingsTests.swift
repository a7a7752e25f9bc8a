// Licensed under the MIT licence.

import Foundation
import Testing

@testable import ChatServer

@Suite struct SettingsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func file(_ name: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: name), encoding: .utf8)
    }

    /// `martlet settings --format markdown` writes what belongs there.
    @Test func theReadmeHasTheTable() throws {
        #expect(try self.file("README.md").contains("\n\n\(SettingsText.markdownTable)\n"))
    }

    /// `martlet settings > .env.example` writes it.
    @Test func theExampleFileIsTheList() throws {
        #expect(try self.file(".env.example") == SettingsText.environmentFile)
    }

    @Test func theHelpHasEverySetting() {
        let help = SettingsText.help
        for setting in SettingGroup.allSettings {
            #expect(help.contains("  \(setting.isSecret ? setting.name : setting.option)"), "\(setting.name)")
        }
        #expect(help.split(separator: "\n").allSatisfy { $0.count < 80 || $0.hasPrefix("  --") })
    }

    @Test func aNameStandsForOneSetting() {
        let names = SettingGroup.allSettings.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func theDefaultsThatAreWrittenAreTheDefaults() throws {
        var variables: [String: String] = [:]
        for setting in SettingGroup.allSettings { variables[setting.name] = setting.standard }
        #expect(try ChatServerConfiguration(variables: variables) == ChatServerConfiguration())
        let example = try EnvironmentFile.parse(SettingsText.environmentFile)
        #expect(example == variables)
    }

    /// A setting that nobody reads would take any value.
    @Test(arguments: SettingGroup.allSettings.filter { $0.values.range != nil }.map(\.name))
    func everyNumberIsRead(name: String) {
        #expect(throws: StartError.self) {
            try ChatServerConfiguration(variables: ["REDIS_HOST": "localhost", name: "none"])
        }
    }

    @Test func optionsAreSettings() throws {
        let variables = try SettingArguments.variables(["--server-port", "9000", "--log-level=debug", "--store=memory"])
        #expect(variables == ["SERVER_PORT": "9000", "LOG_LEVEL": "debug", "STORE": "memory"])
        #expect(try SettingArguments.variables(["--data-dir", "--odd"]) == ["DATA_DIR": "--odd"])
    }

    @Test(arguments: [
        (["--server-prot", "1"], "did you mean '--server-port'?"), (["--server-port"], "needs a value"),
        (["--api-keys", "geheim"], "secret"), (["8080"], "Unexpected"),
        (["--colour", "red"], "Unknown option '--colour'."),
    ])
    func optionsThatAreNone(words: [String], hint: String) {
        let error = #expect(throws: StartError.self) { try SettingArguments.variables(words) }
        #expect(error?.line.contains(hint) == true)
        #expect(error?.line.contains("geheim") == false)
    }

    @Test(arguments: [
        ("SERVER_PROT", "SERVER_PORT"), ("REDIS_HOSTS", "REDIS_HOST"), ("MARTLET_SERVER_PORT", "SERVER_PORT"),
        ("server_port", "SERVER_PORT"), ("PING_INTERVALL", "PING_INTERVAL"), ("STOER", "STORE"),
        ("API_KEY", "API_KEYS"),
    ])
    func whatWasMeant(name: String, meant: String) {
        #expect(SettingSpelling.meant(by: name)?.name == meant)
        #expect(SettingSpelling.warnings(about: [name]).first?.contains(meant) == true)
    }

    @Test(arguments: [
        "PATH", "HOME", "PORT", "SERVER_PORT", "SHELL", "STAR", "", String(repeating: "A", count: 100_000),
    ])
    func whatWasNotMeant(name: String) {
        #expect(SettingSpelling.meant(by: name) == nil)
        #expect(SettingSpelling.warnings(about: [name]).isEmpty)
    }
}
