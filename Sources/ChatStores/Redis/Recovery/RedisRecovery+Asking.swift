// Licensed under the MIT licence.

package import NIOCore
package import RedisNIO
package import SocketIOCore

/// A session that was asked for.
struct RecoveryQuestion {
    let whenDone: @Sendable (Bool) -> Void
    let deadline: Scheduled<Void>
}

/// A session that is looked for.
struct WantedSession: Sendable {
    let pid: PrivateSessionID
    let offset: String?
    let asker: LogName
    let whenDone: @Sendable (MovedSession?) -> Void
}

// Sessions that other processes have.
extension RedisRecovery {
    private static let findScript = RedisScript(embedded: PackageResources.recovery_find_lua)
    private static let claimScript = RedisScript(embedded: PackageResources.recovery_claim_lua)
    /// How many questions may wait for their answers.
    private static let maximumQuestions = 10_000
    /// How often a process that nobody listens for is asked.
    private static let maximumTries = 4

    package func take(
        _ pid: PrivateSessionID,
        after offset: String?,
        for name: LogName,
        whenDone: @escaping @Sendable (MovedSession?) -> Void
    ) {
        guard offset.map({ $0.utf8.count <= RecoveryMessage.maximumOffsetBytes }) ?? true else { return whenDone(nil) }
        let wanted = WantedSession(pid: pid, offset: offset, asker: name, whenDone: whenDone)
        self.find(pid, at: pid.home) { found in
            guard let found else { return whenDone(nil) }
            if found.owner.isEmpty { return self.take(wanted, from: pid.home, found) }
            // What has ended is nowhere.
            guard let owner = LogName(found.owner), owner != pid.home else { return whenDone(nil) }
            self.find(pid, at: owner) { found in
                if let found { self.take(wanted, from: owner, found) } else { whenDone(nil) }
            }
        }
    }

    package func ended(_ pid: PrivateSessionID, in name: LogName) {
        self.move(pid, from: name, to: nil) { _ in }
    }

    package func keep(_ homes: Set<LogName>) {
        for home in homes {
            let key = self.keys.recoveryMoved(home)
            self.send(RedisCommand("PEXPIRE", .key(key), .number(self.journalMilliseconds))) { _ in }
        }
    }

    private struct Whereabouts: Sendable {
        /// Where the session has moved to; empty if it has not.
        let owner: String
        let hasJournal: Bool
        let hasLease: Bool
    }

    private func find(_ pid: PrivateSessionID, at process: LogName, _ body: @escaping @Sendable (Whereabouts?) -> Void)
    {
        let command = RedisCommand(
            Self.findScript,
            keys: [
                self.keys.recoveryMoved(process), self.keys.recoveryState(process), self.keys.recoveryLease(process),
            ],
            arguments: [.text(pid.encoded)]
        )
        self.send(command) { reply in
            guard let fields = reply?.elements, fields.count == 3, let owner = fields[0].text else { return body(nil) }
            body(Whereabouts(owner: owner, hasJournal: fields[1].number == 1, hasLease: fields[2].number == 1))
        }
    }

    private func take(_ wanted: WantedSession, from owner: LogName, _ found: Whereabouts) {
        // What was here and is not any more has gone for good.
        guard owner != self.name, !self.formerNames.contains(owner), found.hasJournal else {
            return wanted.whenDone(nil)
        }
        if self.retired[owner] != nil { return self.takeRetired(wanted, from: owner) }
        // Others who wait for the same process to be heard of share what comes of it.
        if self.silentProcesses[owner] != nil {
            self.silentProcesses[owner]?.append { isGone in
                if isGone { self.takeRetired(wanted, from: owner) } else { self.ask(owner, for: wanted) }
            }
            return
        }
        guard found.hasLease || !self.isTrusted else { return self.takeRetired(wanted, from: owner) }
        self.ask(owner, for: wanted)
    }

    /// Whether a process that is not heard of is gone, as far as this one can tell.
    private var isTrusted: Bool {
        guard let listeningSince, let now = self.log?.loop.now else { return false }
        return !self.hasBeenInterrupted || listeningSince + self.options.trialPeriod <= now
    }

    // MARK: Of a process that lives

    private func ask(_ owner: LogName, for wanted: WantedSession) {
        guard self.questions.count < Self.maximumQuestions, let loop = self.log?.loop else {
            return wanted.whenDone(nil)
        }
        self.lastQuestion += 1
        let number = self.lastQuestion
        let deadline = loop.scheduleTask(in: self.options.patience) { self.answered(number, false) }
        self.questions[number] = RecoveryQuestion(
            whenDone: { isThere in
                if isThere { self.fetch(number, wanted, from: owner) } else { self.unanswered(wanted, by: owner) }
            },
            deadline: deadline
        )
        let question = RecoveryMessage.question(
            number: number,
            asker: self.name,
            pid: wanted.pid,
            offset: wanted.offset
        )
        self.publish(question, to: owner) { count in
            guard count == 0, let question = self.questions.removeValue(forKey: number) else { return }
            question.deadline.cancel()
            self.notHeard(wanted, by: owner)
        }
    }

    /// A question was answered, or its time is over.
    func answered(_ number: UInt64, _ isThere: Bool) {
        guard let question = self.questions.removeValue(forKey: number) else { return }
        question.deadline.cancel()
        question.whenDone(isThere)
    }

    func publish(_ message: RecoveryMessage, to process: LogName, _ body: @escaping @Sendable (Int?) -> Void = { _ in })
    {
        let command = RedisCommand(
            self.options.usesShardChannels ? "SPUBLISH" : "PUBLISH",
            .key(self.keys.recoveryChannel(process)),
            .bytes(message.encoded)
        )
        self.send(command) { body($0?.number) }
    }

    private func fetch(_ number: UInt64, _ wanted: WantedSession, from owner: LogName) {
        let key = self.keys.recoverySession(number, for: wanted.asker)
        self.send(RedisCommand("GETDEL", .key(key))) { reply in
            guard let bytes = reply?.bytes, let session = MovedSession(decoding: bytes), session.pid == wanted.pid
            else {
                return wanted.whenDone(nil)
            }
            self.move(wanted.pid, from: owner, to: wanted.asker) { wanted.whenDone($0 ? session : nil) }
        }
    }

    /// It says that there is no such session, or nothing at all: it may be gone since.
    private func unanswered(_ wanted: WantedSession, by owner: LogName) {
        self.find(wanted.pid, at: owner) { found in
            guard let found, found.hasJournal, !found.hasLease, self.isTrusted else { return wanted.whenDone(nil) }
            self.takeRetired(wanted, from: owner)
        }
    }

    /// Nobody listens for it: it is gone, or has lost its connection for a moment.
    private func notHeard(_ wanted: WantedSession, by owner: LogName) {
        let waiter: @Sendable (Bool) -> Void = { isGone in
            if isGone { self.takeRetired(wanted, from: owner) } else { self.ask(owner, for: wanted) }
        }
        if self.silentProcesses[owner] != nil { return self.silentProcesses[owner, default: []].append(waiter) }
        guard self.isTrusted else { return wanted.whenDone(nil) }
        self.silentProcesses[owner] = [waiter]
        self.listen(for: owner, tries: 1)
    }

    private func listen(for owner: LogName, tries: Int) {
        let pause = TimeAmount.nanoseconds(self.options.silence.nanoseconds / Int64(Self.maximumTries))
        self.log?.loop.scheduleTask(in: pause) {
            // A question that nobody asks: whoever listens passes it over.
            self.publish(.answer(number: 0, isThere: false), to: owner) { count in
                if count == 0, tries < Self.maximumTries { return self.listen(for: owner, tries: tries + 1) }
                let isGone = count == 0 && self.isTrusted
                for waiter in self.silentProcesses.removeValue(forKey: owner) ?? [] { waiter(isGone) }
            }
        }
    }

    // MARK: Where sessions are

    /// Moves a session, or ends it; others may have done so meanwhile.
    func move(
        _ pid: PrivateSessionID,
        from: LogName,
        to: LogName?,
        _ body: @escaping @Sendable (Bool) -> Void
    ) {
        let command = RedisCommand(
            Self.claimScript,
            keys: [self.keys.recoveryMoved(pid.home), self.keys.recoveryState(pid.home)],
            arguments: [
                .text(pid.encoded), .text(from.string), .text(pid.home.string), .text(to?.string ?? "-"),
                .number(self.journalMilliseconds),
            ]
        )
        self.send(command) { body($0?.number == 1) }
    }
}

// Questions of others, and answers to ours.
extension RedisRecovery: RedisSubscriber {
    package func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
        guard let message = RecoveryMessage(message) else {
            return self.noteRejection()
        }
        self.execute {
            switch message {
            case .answer(let number, let isThere): self.answered(number, isThere)
            case .question(let number, let asker, let pid, let offset):
                self.hand(pid, after: offset, to: asker, number)
            }
        }
    }

    private func hand(_ pid: PrivateSessionID, after offset: String?, to asker: LogName, _ number: UInt64) {
        // Who asks too late reads the journal, from which nothing is taken any more.
        guard !self.isClosed else { return }
        self.handoverBegan()
        self.log?.withdraw(pid, offset) { session in
            let answer: @Sendable (Bool) -> Void = { isThere in
                self.publish(.answer(number: number, isThere: isThere), to: asker) { _ in self.handoverEnded() }
            }
            let bytes = session?.encoded
            guard let bytes, bytes.readableBytes <= self.options.maximumSessionBytes else { return answer(false) }
            let key = self.keys.recoverySession(number, for: asker)
            self.send(RedisCommand("SET", .key(key), .bytes(bytes), "PX", 10_000)) { reply in answer(reply != nil) }
        }
    }

    package func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) {
        self.execute { self.listeningSince = self.log?.loop.now }
    }

    package func interrupted(_ subscription: RedisSubscription) {
        self.execute {
            self.listeningSince = nil
            self.hasBeenInterrupted = true
        }
    }

    package func failed(_ subscription: RedisSubscription, error: RedisError) {
        guard error.code != .closed else { return }
        self.execute {
            guard !self.hasToldOfRefusal else { return }
            self.hasToldOfRefusal = true
            self.options.onRefusal?(error.serverCode ?? "")
        }
    }
}
