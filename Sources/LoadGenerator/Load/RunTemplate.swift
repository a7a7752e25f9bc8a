// Licensed under the MIT licence.

internal import NIOCore
internal import WireJSON

/// The packets of one run: what clients send, and how what they wait for begins.
///
/// Made once, shared by all clients.
///
/// All texts are Socket.IO packets without the Engine.IO type byte in front.
struct RunTemplate: Sendable {
    let settings: LoadSettings
    let token: String?
    /// Seven characters that tell this run's messages from any others.
    let run: String
    let marker: UInt64
    /// `[` or `/admin,[`: what follows the packet type of an event.
    private let namespacePrefix: String

    let connectAnswer: [UInt8]
    let connectRefusal: [UInt8]
    let authenticated: [UInt8]
    let joined: [UInt8]
    let message: [UInt8]
    let messageAck: [UInt8]
    let error: [UInt8]
    let acknowledgement: [UInt8]

    init(settings: LoadSettings, token: String?, run: String) {
        self.settings = settings
        self.token = token
        self.run = run
        self.marker = MessageStamp.marker(run: run)
        let prefix = settings.namespace == "/" ? "" : settings.namespace + ","
        self.namespacePrefix = prefix
        func start(_ event: String) -> [UInt8] { Array("2\(prefix)[\(Self.quoted(event))".utf8) }
        self.connectAnswer = Array("0\(prefix)".utf8)
        self.connectRefusal = Array("4".utf8)
        self.authenticated = start(settings.events.authenticated)
        self.joined = start(settings.events.joined)
        self.message = start(settings.events.message)
        self.messageAck = start(settings.events.messageAck)
        self.error = start("error")
        self.acknowledgement = Array("3\(prefix)".utf8)
    }

    func roomName(_ room: Int) -> String { "bench-\(self.run)-\(room)" }

    /// CONNECT with the handshake's credentials where asked for; `nil` where Engine.IO 3 joins by itself.
    func connect(client: Int, joinsByItself: Bool) -> String? {
        if joinsByItself {
            return self.settings.namespace == "/" ? nil : "0\(self.settings.namespace),"
        }
        return "0\(self.namespacePrefix)" + (self.settings.authentication == .handshake ? self.credentials(client) : "")
    }

    func authenticate(client: Int) -> String {
        "2\(self.namespacePrefix)[\(Self.quoted(self.settings.events.authenticate)),\(self.credentials(client))]"
    }

    /// What a client of Engine.IO 3 puts into its query to authenticate in the handshake.
    func credentialItems(client: Int) -> [(name: String, value: String)] {
        var items = [(name: "user_id", value: "u\(client)"), (name: "username", value: "user\(client)")]
        if let token = self.token { items.append((name: "token", value: token)) }
        return items
    }

    func join(room: Int) -> String {
        "2\(self.namespacePrefix)[\(Self.quoted(self.settings.events.join)),{\"room_id\":\(Self.quoted(self.roomName(room)))}]"
    }

    /// A message to `room` with room for the stamp at the returned offset.
    func messagePacket(room: Int) -> (bytes: [UInt8], stampOffset: Int) {
        let ack = self.settings.reply == .ack ? "1" : ""
        let head =
            "2\(self.namespacePrefix)\(ack)[\(Self.quoted(self.settings.events.message)),"
            + "{\"room_id\":\(Self.quoted(self.roomName(room))),\"content\":\""
        var bytes = Array(head.utf8)
        let offset = bytes.count
        bytes.append(
            contentsOf: repeatElement(UInt8(ascii: "x"), count: max(MessageStamp.byteCount, self.settings.payloadBytes))
        )
        bytes.append(contentsOf: "\"}]".utf8)
        return (bytes, offset)
    }

    private func credentials(_ client: Int) -> String {
        let members = self.credentialItems(client: client).map { "\(Self.quoted($0.name)):\(Self.quoted($0.value))" }
        return "{\(members.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        var buffer = ByteBuffer()
        buffer.writeJSONString(text)
        return String(buffer: buffer)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes begin with `prefix`.
    @inline(__always)
    func starts(withBytes prefix: [UInt8]) -> Bool {
        guard self.count >= prefix.count else { return false }
        return prefix.withUnsafeBytes { prefix in
            for index in 0..<prefix.count where self[index] != prefix[index] { return false }
            return true
        }
    }
}
