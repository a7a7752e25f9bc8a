// Licensed under the MIT licence.

import NIOCore

/// What a connection says of itself before it is used.
struct HandshakeSettings: Sendable, Hashable {
    var protocolVersion = RedisConfiguration.ProtocolVersion.resp3
    var username: String?
    var password: String?
    var clientName: String?
    var database = 0
    /// Whether the server must be a master.
    var verifiesRole = false
}

/// Greets a server, step by step, until commands may be sent.
///
/// Theory: `HELLO 3` carries credentials and name at once. A server that does not know it, or not that version, is greeted in
/// RESP2 with a command for each. Then the database is selected, and the server is asked for a sign of life: one that is still
/// loading its data says so here, and nothing is sent to it. A server that sentinels named must call itself a master. Each step awaits
/// one reply; the machine ends with ``Action/ready(_:)`` or ``Action/fail(_:)`` and is not asked again.
struct HandshakeStateMachine {
    enum Action {
        case send(RedisCommand)
        case ready(RedisConfiguration.ProtocolVersion)
        case fail(RedisError)
    }

    private enum Step: Int, CaseIterable {
        case hello
        case authenticate
        case setName
        case select
        case ping
        case role
    }

    private let settings: HandshakeSettings
    private var step = Step.hello
    private var version = RedisConfiguration.ProtocolVersion.resp2

    init(_ settings: HandshakeSettings) {
        self.settings = settings
    }

    mutating func started() -> Action {
        self.proceed(to: self.settings.protocolVersion == .resp3 ? .hello : .authenticate)
    }

    mutating func replyReceived(_ reply: RESPValue) -> Action {
        guard let error = RedisServerReply(reply) else { return self.accepted(reply) }
        switch (self.step, error.code) {
        case (.hello, "NOPROTO"), (.hello, "ERR"):
            return self.proceed(to: .authenticate)
        case (_, "NOAUTH"), (_, "WRONGPASS"), (_, "NOPERM"), (.authenticate, _):
            var failure = RedisError(.authenticationFailed, message: "the server refuses the credentials")
            failure.serverCode = error.code
            return .fail(failure)
        case (.hello, _), (.setName, _), (.select, _), (.ping, _), (.role, _):
            var failure = RedisError(.connectionFailed, message: "the server refuses \(self.step)")
            failure.serverCode = error.code
            return .fail(failure)
        }
    }

    private mutating func accepted(_ reply: RESPValue) -> Action {
        switch self.step {
        case .hello:
            self.version = reply["proto"]?.number == 3 ? .resp3 : .resp2
            return self.proceed(to: .select)
        case .role:
            guard reply.elements?.first?.text == "master" else {
                return .fail(RedisError(.noMaster, message: "the server is no master"))
            }
            return .ready(self.version)
        case .authenticate, .setName, .select, .ping:
            return self.proceed(to: Step(rawValue: self.step.rawValue + 1) ?? .role)
        }
    }

    /// Goes to a step, or past it if it has nothing to do.
    private mutating func proceed(to first: Step) -> Action {
        for step in Step.allCases where step.rawValue >= first.rawValue {
            if let command = self.command(of: step) {
                self.step = step
                return .send(command)
            }
        }
        return .ready(self.version)
    }

    private func command(of step: Step) -> RedisCommand? {
        switch step {
        case .hello:
            var command = RedisCommand("HELLO", 3)
            if let password = self.settings.password {
                command.append("AUTH")
                command.append(self.settings.username ?? "default")
                command.append(password)
            }
            if let name = self.settings.clientName {
                command.append("SETNAME")
                command.append(name)
            }
            return command
        case .authenticate:
            guard let password = self.settings.password else { return nil }
            guard let username = self.settings.username else { return RedisCommand("AUTH", .text(password)) }
            return RedisCommand("AUTH", .text(username), .text(password))
        case .setName:
            return self.settings.clientName.map { RedisCommand("CLIENT", "SETNAME", .text($0)) }
        case .select:
            return self.settings.database == 0 ? nil : RedisCommand("SELECT", .number(self.settings.database))
        case .ping:
            return RedisCommand("PING")
        case .role:
            return self.settings.verifiesRole ? RedisCommand("ROLE") : nil
        }
    }
}
