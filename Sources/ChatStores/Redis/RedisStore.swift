// Licensed under the MIT licence.

package import Chat
import NIOCore
package import RedisNIO

/// Keeps the chat on Redis, for any number of nodes.
///
/// Each message takes one script, which gives it its `seq` and publishes it on the room's channel (``RedisKeys``). What survives
/// is what Redis keeps: with `appendfsync always` every acknowledged message. Where a client is given that waits for replicas,
/// nobody is told of a message before they have it, neither its sender nor its room, so that it survives the loss of the primary too.
package final class RedisStore: MessageStore {
    private static let appendScript = RedisScript(embedded: PackageResources.append_lua)
    private static let messagesScript = RedisScript(embedded: PackageResources.messages_lua)
    private static let advanceScript = RedisScript(embedded: PackageResources.advance_lua)
    private static let raiseScript = RedisScript(embedded: PackageResources.raise_lua)
    private static let recordScript = RedisScript(embedded: PackageResources.record_lua)

    private let client: RedisClient
    private let options: RedisStoreOptions
    private let keys: RedisKeys
    private let publishing: RedisCommand.Argument
    /// Nothing where replicas are not waited for.
    private let revealed: RevealedRooms?

    /// Keeps the chat behind clients, which others may use as well and whose owner closes them.
    ///
    /// - Parameters:
    ///   - client: Reaches Redis.
    ///   - options: How.
    ///   - confirming: Reaches the same Redis and answers when replicas have what it wrote
    ///     (``/RedisNIO/RedisConfiguration/confirmation``); nothing to acknowledge what the primary has.
    package init(
        _ client: RedisClient,
        _ options: RedisStoreOptions = RedisStoreOptions(),
        confirming: RedisClient? = nil
    ) {
        let keys = RedisKeys(prefix: options.prefix)
        let publishing: RedisCommand.Argument = options.usesShardChannels ? "SPUBLISH" : "PUBLISH"
        self.client = client
        self.options = options
        self.keys = keys
        self.publishing = publishing
        self.revealed = confirming.map {
            RevealedRooms(client, confirming: $0, keys: keys, publishing: publishing)
        }
    }

    package func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        let room = message.room
        var keys = [self.keys.log(room), self.keys.state(room)]
        if let clientID = message.clientID {
            keys.append(self.keys.sent(room, by: message.sender.id, clientID))
        }
        let command = RedisCommand(
            Self.appendScript,
            keys: keys,
            arguments: [
                .bytes(MessageRecord.encode(message)),
                .number(Int(message.timestamp.milliseconds)),
                .number(message.body.byteCount),
                .number(floor),
                .number(self.options.retention.maximumMessages),
                .number(Int(self.options.retention.maximumAgeMilliseconds)),
                self.revealed == nil ? self.publishing : "",
                .text(self.keys.channel(room)),
                .text(message.id.string),
                .number(Int(Retention.clientIDWindowMilliseconds)),
            ]
        )
        let revealed = self.afterReveal(in: room, completion)
        let completion: @Sendable (Result<AppendOutcome?, StoreError>) -> Void = { result in
            revealed(result.flatMap { $0.map { .success($0) } ?? .failure(.noSequenceLeft) })
        }
        self.send(command, to: self.revealed?.confirming, completion) { reply in
            guard let fields = reply.elements, let kind = fields.first?.number else { return nil }
            if kind == 2 { return .some(nil) }
            guard kind == 0 else {
                return fields.count == 2
                    ? fields[1].number.map { .stored(StoredMessage(seq: $0, message: message)) } : nil
            }
            guard fields.count == 4, let seq = fields[1].number, let time = fields[2].number,
                let id = fields[3].text
            else { return nil }
            let timestamp = Timestamp(milliseconds: Int64(time))
            return .repeated(MessageReceipt(id: MessageID(id), seq: seq, timestamp: timestamp))
        }
    }

    /// Who is told of an append: nobody before all nodes can see the message.
    private func afterReveal(
        in room: RoomID,
        _ completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) -> @Sendable (Result<AppendOutcome, StoreError>) -> Void {
        guard let revealed else { return completion }
        return { result in
            guard case .success(let outcome) = result else { return completion(result) }
            revealed.show(room, upTo: outcome.receipt.seq) { completion($0.map { outcome }) }
        }
    }

    package func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) {
        self.page(of: room, query, now: now) { result in
            guard let revealed = self.revealed, case .success((let page, hidesMore: true)) = result else {
                return completion(result.map(\.page))
            }
            revealed.confirm(room) { confirmed in
                switch confirmed {
                case .success:
                    self.page(of: room, query, now: now) { completion($0.map(\.page)) }
                case .failure(let error):
                    // Who follows the room must not take the page's end for the room's; who looks back may.
                    completion(query.isAscending ? .failure(error) : .success(page))
                }
            }
        }
    }

    /// Reads a page, and whether there may be more of it that is not shown yet.
    private func page(
        of room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<(page: HistoryPage, hidesMore: Bool), StoreError>) -> Void
    ) {
        let oldest = self.options.retention.oldest(at: now.milliseconds)
        let command = RedisCommand(
            Self.messagesScript,
            keys: [self.keys.log(room), self.keys.state(room)],
            arguments: [
                query.isAscending ? "asc" : "desc",
                .number(query.after.map(Self.exact) ?? 0),
                query.before.map { .number(Self.exact($0)) } ?? "",
                .number(query.limit),
                .number(Self.exact(query.maximumBytes)),
                .number(Int(oldest)),
                .number(self.options.retention.maximumMessages),
                self.revealed == nil ? "" : "shown",
            ]
        )
        self.send(command, completion) { reply in
            guard let fields = reply.elements, let flags = fields.first?.number, fields.count % 2 == 1 else {
                return nil
            }
            var messages: [StoredMessage] = []
            messages.reserveCapacity(fields.count / 2)
            for index in stride(from: 1, to: fields.count, by: 2) {
                guard let id = fields[index].text, let seq = Int(id.prefix { $0 != "-" }),
                    let record = fields[index + 1].bytes,
                    let message = MessageRecord.decode(record, seq: seq, room: room)
                else { return nil }
                messages.append(message)
            }
            if !query.isAscending { messages.reverse() }
            return (HistoryPage(messages: messages, hasMore: flags & 1 != 0), hidesMore: flags & 2 != 0)
        }
    }

    package func lastSequence(
        of room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        guard let revealed else {
            return self.send(RedisCommand("HGET", .key(self.keys.state(room)), "seq"), completion, Self.number)
        }
        let command = RedisCommand("HMGET", .key(self.keys.state(room)), "seq", "shown")
        self.client.send(command) { result in
            switch result.map({ $0.elements?.map(Self.number) ?? [] }) {
            case .success(let fields) where fields.count == 2:
                guard let seq = fields[0], let shown = fields[1] else {
                    return completion(.failure(StoreError(.unknown, reason: "Redis answered what is not ours")))
                }
                // Without a mark everything was shown at once.
                guard shown > 0, shown < seq else { return completion(.success(seq)) }
                revealed.confirm(room, completion: completion)
            case .success:
                completion(.failure(StoreError(.unknown, reason: "Redis answered what is not ours")))
            case .failure(let error):
                completion(.failure(StoreError(error)))
            }
        }
    }

    package func raise(_ seq: Int, of room: RoomID) {
        // Behind a greater one than a script can count there would be no `seq` left.
        guard PlaceMessage.numbers.contains(seq) else { return }
        let command = RedisCommand(Self.raiseScript, keys: [self.keys.state(room)], arguments: [.number(seq)])
        // Should it fail, the next append of this node says it, or the next doubt.
        self.client.send(command) { _ in }
    }

    package func advance(
        _ cursor: ReadCursor,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        let command = RedisCommand(
            Self.advanceScript,
            keys: [self.keys.readCursors(cursor.room)],
            arguments: [.text(cursor.user.string), .number(cursor.seq)]
        )
        self.send(command, completion) { $0.number.map { $0 == 1 } }
    }

    package func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        let command = RedisCommand("HGET", .key(self.keys.readCursors(room)), .text(user.string))
        self.send(command, completion, Self.number)
    }

    package func record(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        let command = RedisCommand(
            Self.recordScript,
            keys: [self.keys.lastSeen(sighting.user.id)],
            arguments: [.number(Int(sighting.time.milliseconds)), .text(sighting.user.name.string)]
        )
        self.send(command, completion) { $0.number.map { _ in } }
    }

    package func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    ) {
        let command = RedisCommand("HMGET", .key(self.keys.lastSeen(user)), "time", "name")
        self.send(command, completion) { reply in
            guard let fields = reply.elements, fields.count == 2 else { return nil }
            guard !fields[0].isNull else { return .some(nil) }
            guard let time = fields[0].text.flatMap({ Int64($0) }), let name = fields[1].text else { return nil }
            return LastSeen(user: ChatUser(id: user, name: ExactText(name)), time: Timestamp(milliseconds: time))
        }
    }

    package func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        let command = RedisCommand("SET", .key(self.keys.check), "1", "PX", 60_000)
        self.send(command, to: self.revealed?.confirming, completion) { _ in () }
    }

    /// Sends a command and reads the answer.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - client: Through whom; the common one if nil.
    ///   - completion: Gets the outcome.
    ///   - read: Reads the answer; nil for what no version of ours would answer.
    private func send<Value: Sendable>(
        _ command: RedisCommand,
        to client: RedisClient? = nil,
        _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ read: @escaping @Sendable (RESPValue) -> Value?
    ) {
        (client ?? self.client).send(command) { result in
            switch result {
            case .success(let reply):
                completion(
                    read(reply).map { .success($0) }
                        ?? .failure(StoreError(.unknown, reason: "Redis answered what is not ours"))
                )
            case .failure(let error):
                completion(.failure(StoreError(error)))
            }
        }
    }

    /// A number that may not be there.
    private static func number(_ reply: RESPValue) -> Int? {
        reply.isNull ? 0 : reply.text.flatMap { Int($0) }
    }

    /// What a script can count exactly.
    private static func exact(_ number: Int) -> Int { min(max(number, 0), 1 << 53) }
}

extension StoreError {
    /// What the client says; never what was sent.
    init(_ error: RedisError) {
        self.init(error.outcome == .notDone ? .notDone : .unknown, reason: error.description)
    }
}

extension RedisScript {
    /// A script of this module.
    convenience init(embedded source: [UInt8]) {
        self.init(String(decoding: source, as: UTF8.self))
    }
}
