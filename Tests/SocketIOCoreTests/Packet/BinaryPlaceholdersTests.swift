// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct BinaryPlaceholdersTests {
    static let raised: [(String, String)] = [
        (#"{"_placeholder":true,"num":0}"#, #"{"_placeholder":true,"num":7}"#),
        (#"{"num":3,"_placeholder":true}"#, #"{"num":10,"_placeholder":true}"#),
        (
            #"1,{"_placeholder":true,"num":1},"a",[{"_placeholder":true,"num":0}]"#,
            #"1,{"_placeholder":true,"num":8},"a",[{"_placeholder":true,"num":7}]"#
        ),
        (#"{ "_placeholder" : true , "num" : 0 }"#, #"{ "_placeholder" : true , "num" : 7 }"#),
        (#"{"\u005fplaceholder":true,"n\u0075m":0}"#, #"{"\u005fplaceholder":true,"n\u0075m":7}"#),
        (#"{"\u005Fplaceholder":true,"num":0}"#, #"{"\u005Fplaceholder":true,"num":7}"#),
        (
            #"{"_placeholder":true,"x":{"_placeholder":true,"num":1},"num":0}"#,
            #"{"_placeholder":true,"x":{"_placeholder":true,"num":8},"num":7}"#
        ),
        (#"{"_placeholder":true,"num":5,"num":0}"#, #"{"_placeholder":true,"num":5,"num":7}"#),
        (
            #"{"_placeholder":false,"_placeholder":true,"num":0}"#,
            #"{"_placeholder":false,"_placeholder":true,"num":7}"#
        ),
    ]

    @Test("Numbers of placeholders are raised, and nothing else is touched", arguments: raised)
    func raises(_ before: String, _ after: String) {
        var buffer = ByteBuffer(string: ">")
        BinaryPlaceholders.write(ByteBuffer(string: before), raisedBy: 7, into: &buffer)
        #expect(String(buffer: buffer) == ">" + after)
        buffer.clear()
        BinaryPlaceholders.write(ByteBuffer(string: before), raisedBy: 0, into: &buffer)
        #expect(String(buffer: buffer) == before)
        #expect(BinaryPlaceholders.appear(in: ByteBuffer(string: before)))
    }

    static let noPlaceholders: [String] = [
        "", "1", "[]", "{}", #""{\"_placeholder\":true,\"num\":0}""#,
        #"{"_placeholder":false,"num":0}"#,
        #"{"_placeholder":1,"num":0}"#,
        #"{"_placeholder":"true","num":0}"#,
        #"{"_placeholder":{"true":true},"num":0}"#,
        #"{"_placeholder":true,"num":0,"_placeholder":false}"#,
        #"{"placeholder":true,"num":0}"#,
        #"{"_placeholders":true,"num":0}"#,
        #"{"_placeholder\u0000":true,"num":0}"#,
        #"{"x":["_placeholder",true,"num",0]}"#,
        #"{"a":"_placeholder","b":true,"num":0}"#,
        #"{"\\u005fplaceholder":true,"num":0}"#,
        #"{"\u015fplaceholder":true,"num":0}"#,
    ]

    @Test("What only looks like a placeholder stays as it is", arguments: noPlaceholders)
    func leavesAlone(_ text: String) {
        var buffer = ByteBuffer()
        BinaryPlaceholders.write(ByteBuffer(string: text), raisedBy: 7, into: &buffer)
        #expect(String(buffer: buffer) == text)
        #expect(!BinaryPlaceholders.appear(in: ByteBuffer(string: text)))
    }

    @Test("Two payloads with attachments make one packet")
    func concatenation() throws {
        let first = #"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#
        let second = #"{"file":{"_placeholder":true,"num":0}}"#
        var arguments = ByteBuffer(string: first + ",")
        BinaryPlaceholders.write(ByteBuffer(string: second), raisedBy: 2, into: &arguments)
        let attachments = (1...3).map { ByteBuffer(bytes: [UInt8($0)]) }
        let packets = try PacketDecoder.decode(
            PacketEncoder.event("a", arguments: arguments, attachments: attachments).messages
        )
        #expect(packets.map(\.attachments) == [attachments])
    }

    @Test("A placeholder is written as the reference writes it")
    func writes() {
        var buffer = ByteBuffer()
        BinaryPlaceholders.write(12, into: &buffer)
        #expect(String(buffer: buffer) == #"{"_placeholder":true,"num":12}"#)
    }

    @Test("Bytes that are not JSON do no harm", arguments: 0..<200)
    func garbage(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let alphabet = Array(#"{}[]",:\u005f_placeholder num true 019-"#.utf8)
        let bytes = (0..<60).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        var buffer = ByteBuffer()
        BinaryPlaceholders.write(ByteBuffer(bytes: bytes), raisedBy: 1, into: &buffer)
        #expect(buffer.readableBytes >= bytes.count)
    }
}
