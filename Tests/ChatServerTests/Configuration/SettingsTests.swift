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

    private func warnings(
        environment: Set<String> = [],
        file: Set<String> = [],
        hasRedis: Bool = false
    ) -> [String] {
        SettingSpelling.warnings(environment: environment, file: file, hasRedis: hasRedis)
    }

    @Test(arguments: [
        ("SERVER_PROT", "SERVER_PORT"), ("REDIS_HOSTS", "REDIS_HOST"), ("MARTLET_SERVER_PORT", "SERVER_PORT"),
        ("server_port", "SERVER_PORT"), ("PING_INTERVALL", "PING_INTERVAL"), ("STOER", "STORE"),
        ("API_KEY", "API_KEYS"),
    ])
    func whatWasMeant(name: String, meant: String) {
        #expect(SettingSpelling.meant(by: name)?.name == meant)
        #expect(self.warnings(environment: [name]).first?.contains(meant) == true)
    }

    @Test(arguments: [
        "PATH", "HOME", "PORT", "SERVER_PORT", "SHELL", "STAR", "", String(repeating: "A", count: 100_000),
    ])
    func whatWasNotMeant(name: String) {
        #expect(SettingSpelling.meant(by: name) == nil)
        #expect(self.warnings(environment: [name], file: [name], hasRedis: true).isEmpty)
    }

    @Test(
        "a name that is meant for this server, and is like no setting",
        arguments: [
            ("MARTLET_PORT", "SERVER_PORT"), ("MARTLET_TLS_KEY", "TLS_KEY_FILE"), ("MARTLET_DEBUG", nil),
            ("MARTLET_", nil), ("JWT_KEY", "JWT_PUBLIC_KEY_FILE"), ("JWT_PUBLIC_KEY", "JWT_PUBLIC_KEY_FILE"),
            ("JWT_SECRET_KEY", "JWT_SECRET"), ("JWT_AUD", "JWT_AUDIENCE"), ("JWT_JWKS_URL", "JWT_JWKS_FILE"),
            ("JWT_ALGORITHM", nil), ("TLS_CERT_FILE", "TLS_CERTIFICATE_FILE"), ("TLS_CERT", "TLS_CERTIFICATE_FILE"),
            ("tls_cert_path", "TLS_CERTIFICATE_FILE"), ("TLS_PORT", nil), ("API_KEY_ROTATION", "API_KEYS"),
            ("REDIS_PASS", "REDIS_PASSWORD"), ("REDIS_DB", "REDIS_DATABASE"), ("REDIS_HOSTNAME", "REDIS_HOST"),
            ("REDIS_URL", nil), ("REDIS_MAXMEMORY", nil),
            ("MARTLET_" + String(repeating: "A", count: 100_000), nil),
        ]
    )
    func namesOfOurs(name: String, meant: String?) {
        let line = self.warnings(environment: [name], hasRedis: true).first
        let hint = meant.map { "; did you mean \($0)?" } ?? ""
        #expect(line?.hasPrefix(name.prefix(60)) == true)
        #expect(line?.hasSuffix(" is set, but there is no such setting\(hint)") == true, "\(line ?? "")")
        #expect(line.map { $0.count < 200 } == true)
    }

    @Test("names of Redis are many programs', but for those in the file")
    func namesOfRedis() {
        #expect(self.warnings(environment: ["REDIS_PASS"]).isEmpty)
        #expect(self.warnings(environment: ["REDIS_PASS"], hasRedis: true).count == 1)
        #expect(self.warnings(environment: ["REDIS_PASS"], file: ["REDIS_PASS"]).count == 1)
        // Another line has it, with the settings that are set in vain.
        #expect(self.warnings(file: ["REDIS_URL"]).isEmpty)
    }

    @Test("what Kubernetes says of services is no misspelt setting")
    func namesOfServices() {
        let links: Set<String> = [
            "REDIS_PORT", "REDIS_SERVICE_HOST", "REDIS_SERVICE_PORT", "REDIS_SERVICE_PORT_TCP_REDIS",
            "REDIS_PORT_6379_TCP", "REDIS_PORT_6379_TCP_PROTO", "REDIS_PORT_6379_TCP_PORT", "REDIS_PORT_6379_TCP_ADDR",
            "REDIS_MASTER_SERVICE_HOST", "REDIS_MASTER_PORT", "MARTLET_SERVICE_HOST", "MARTLET_PORT",
            "MARTLET_PORT_8080_TCP", "MARTLET_SERVER_SERVICE_HOST", "MARTLET_SERVER_PORT", "TLS_PORT",
            "TLS_PORT_443_TCP",
        ]
        #expect(self.warnings(environment: links, hasRedis: true).isEmpty)
        // Not in the file, nor on its own.
        #expect(self.warnings(file: ["MARTLET_PORT", "MARTLET_SERVICE_HOST"]).count == 2)
        #expect(self.warnings(environment: ["REDIS_MASTER_PORT", "MARTLET_PORT"], hasRedis: true).count == 2)
        #expect(self.warnings(environment: ["JWT_PORT_HTTP", "TLS_HOST"]).count == 2)
    }

    @Test("what tests and scripts of ours are told by is none")
    func namesOfTools() {
        let names: Set<String> = [
            "MARTLET_CLUSTER_SECONDS", "MARTLET_CLUSTER_SEED", "MARTLET_CI_INNER", "MARTLET_STEPS",
        ]
        #expect(self.warnings(environment: names, file: names, hasRedis: true).isEmpty)
    }
}
