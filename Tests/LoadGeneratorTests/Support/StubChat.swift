// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// What the stub server does with packets: the smallest chat that keeps the contract, and the faults that the load
/// tool must find.
///
/// On one event loop only.
final class StubChat {
    enum Fault: String, CaseIterable {
        case none
        /// One message is not delivered to one member.
        case lose
        case duplicate
        /// One message is held back until after the next one of its room.
        case reorder
        /// One message goes to a member of another room.
        case misdeliver
        /// One message gets a number too many.
        case skipSequence
        /// One sender is disconnected.
        case disconnect
        /// Nobody is told of a successful `join`.
        case neverJoin
        /// CONNECT is refused.
        case refuse
    }

    private struct Room {
        var members: [StubConnection] = []
        var sequence = 0
        var held: (text: String, members: [StubConnection])?
    }

    private let fault: Fault
    private let faultyMessage = 20
    private var rooms: [String: Room] = [:]
    private var messages = 0

    init(fault: Fault) {
        self.fault = fault
    }

    static let open = #"0{"sid":"stub","upgrades":[],"pingInterval":600000,"pingTimeout":20000,"maxPayload":1000000}"#

    func received(_ text: String, from connection: StubConnection) {
        if text.hasPrefix("40") {
            return connection.send(self.fault == .refuse ? #"44{"message":"full"}"# : #"40{"sid":"stub-socket"}"#)
        }
        if text.hasPrefix("437") { return connection.send(#"42["answered"]"#) }
        guard text.hasPrefix("42") else { return }
        let packet = text.dropFirst(2)
        let ackID = String(packet.prefix(while: \.isNumber))
        guard let array = try? JSONValue(validating: ByteBuffer(substring: packet.dropFirst(ackID.count))) else {
            return
        }
        let parts = Array(array.elements)
        guard parts.count > 1, let event = parts[0].stringValue else { return }
        let room = parts[1].member("room_id")?.stringValue ?? ""
        switch event {
        case "authenticate":
            connection.send(#"42["authenticated",\#(String(buffer: parts[1].bytes))]"#)
        case "join":
            self.rooms[room, default: Room()].members.append(connection)
            if self.fault != .neverJoin { connection.send(#"42["room_users",{"room_id":"\#(room)","users":[]}]"#) }
        case "message":
            self.message(
                String(buffer: parts[1].member("content")?.bytes ?? ByteBuffer()),
                room: room,
                from: connection
            )
            if !ackID.isEmpty { connection.send(#"43\#(ackID)[{"status":"ok"}]"#) }
        case "echo":
            if !ackID.isEmpty {
                connection.send(
                    "43\(ackID)[\(parts.dropFirst().map { String(buffer: $0.bytes) }.joined(separator: ","))]"
                )
            }
        case "ask":
            connection.send(#"427["question","why"]"#)
        default:
            break
        }
    }

    func closed(_ connection: StubConnection) {
        for name in Array(self.rooms.keys) { self.rooms[name]?.members.removeAll { $0 === connection } }
    }

    private func message(_ content: String, room name: String, from sender: StubConnection) {
        guard var room = self.rooms[name] else { return }
        defer { self.rooms[name] = room }
        self.messages += 1
        let isFaulty = self.messages == self.faultyMessage
        room.sequence += isFaulty && self.fault == .skipSequence ? 2 : 1
        let text =
            #"42["message",{"type":"message","seq":\#(room.sequence),"room_id":"\#(name)","content":\#(content)}]"#
        var members = room.members
        if isFaulty {
            switch self.fault {
            case .lose: members.removeAll { $0 !== sender }
            case .duplicate: members.append(contentsOf: members)
            case .reorder:
                // The sender gets it, or it would not send the next one.
                room.held = (text, members.filter { $0 !== sender })
                members = [sender]
            case .misdeliver: self.rooms.first { $0.key != name }?.value.members.first?.send(text)
            case .disconnect: return sender.close()
            case .none, .skipSequence, .neverJoin, .refuse: break
            }
        }
        for member in members { member.send(text) }
        if !isFaulty, let held = room.held {
            room.held = nil
            for member in held.members { member.send(held.text) }
        }
    }
}
