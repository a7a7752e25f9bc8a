// Licensed under the MIT licence.

import NIOCore
import Testing
import WireJSON

@Suite("Walking JSON")
struct JSONWalkTests {
    @Test(
        "elements come in order, as they were written",
        arguments: [
            ("[]", []), ("[ \n ]", []), ("[1]", ["1"]), ("[ 1 , 2 ]", ["1", "2"]),
            ("[1,-2.5e3,null]", ["1", "-2.5e3", "null"]),
            ("[\"a,b\",\"]\",\"\\\"],[\"]", ["\"a,b\"", "\"]\"", "\"\\\"],[\""]),
            (#"[{"a":[1,{"b":"}]"}]},[[]],[ ]]"#, [#"{"a":[1,{"b":"}]"}]}"#, "[[]]", "[ ]"]),
            ("[true\t,\rfalse\n]", ["true", "false"]), ("[\"\",\"\\\\\",\"\"]", ["\"\"", "\"\\\\\"", "\"\""]),
            ("{}", []), ("\"[1]\"", []), ("1", []), ("null", []), (#"{"a":[1]}"#, []),
        ] as [(String, [String])]
    )
    func elements(text: String, expected: [String]) throws {
        let elements = Array(try json(text).elements)
        #expect(elements.map { String(buffer: $0.bytes) } == expected)
        for element in elements {
            // A part is a value in its own right.
            let again = try JSONValue(validating: element.bytes)
            #expect(again == element)
            #expect(again.kind == element.kind)
        }
    }

    @Test(
        "members come in order, duplicates included",
        arguments: [
            ("{}", []), ("{ }", []), (#"{"a":1}"#, [("\"a\"", "1")]),
            (#"{ "b" : [ 1 , 2 ] , "a" : { } }"#, [("\"b\"", "[ 1 , 2 ]"), ("\"a\"", "{ }")]),
            (#"{"a":1,"a":2,"a":3}"#, [("\"a\"", "1"), ("\"a\"", "2"), ("\"a\"", "3")]),
            (#"{"":"","\"":":","}":"{"}"#, [("\"\"", "\"\""), (#""\"""#, "\":\""), ("\"}\"", "\"{\"")]),
            (#"{"__proto__":null,"toString":{"a":1}}"#, [("\"__proto__\"", "null"), ("\"toString\"", #"{"a":1}"#)]),
            (#"{"\u0061":true}"#, [(#""\u0061""#, "true")]),
            ("[]", []), (#"["a",1]"#, []), ("\"{}\"", []), ("null", []),
        ] as [(String, [(String, String)])]
    )
    func members(text: String, expected: [(String, String)]) throws {
        let members = Array(try json(text).members)
        #expect(members.map { String(buffer: $0.key.bytes) } == expected.map(\.0))
        #expect(members.map { String(buffer: $0.value.bytes) } == expected.map(\.1))
        for member in members {
            #expect(member.key.kind == .string)
            #expect(try JSONValue(validating: member.value.bytes).kind == member.value.kind)
            #expect(member.isNamed(try #require(member.key.stringValue)))
            #expect(!member.isNamed("other"))
        }
    }

    @Test("of duplicate members the last wins")
    func duplicates() throws {
        let value = try json(#"{"a":1,"b":2,"a":{"x":[]},"\u0061":"last","c":3}"#)
        #expect(value.member("a")?.stringValue == "last")
        #expect(value.member("b")?.intValue == 2)
        #expect(value.members.map { $0.isNamed("a") } == [true, false, true, true, false])
    }

    @Test("__proto__ and its like are names as any other")
    func prototypeNames() throws {
        let value = try json(#"{"__proto__":{"admin":true},"constructor":1,"a":2}"#)
        #expect(value.member("admin") == nil)
        #expect(value.member("toString") == nil)
        #expect(value.member("__proto__")?.member("admin")?.boolValue == true)
        #expect(value.member("constructor")?.intValue == 1)
        var copy = ByteBuffer()
        copy.writeJSON(value)
        #expect(String(buffer: copy) == #"{"__proto__":{"admin":true},"constructor":1,"a":2}"#)
    }

    @Test("names are compared decoded, by their bytes")
    func names() throws {
        let value = try json(
            #"{"\u0072oom":1,"a\"b":2,"":3,"é":4,"e\u0301":5,"😀":6,"\ud83d\ude01":7,"n\u0000":8,"\ud800":9}"#
        )
        #expect(value.member("room")?.intValue == 1)
        #expect(value.member("a\"b")?.intValue == 2)
        #expect(value.member("")?.intValue == 3)
        #expect(value.member("\u{e9}")?.intValue == 4)
        #expect(value.member("e\u{301}")?.intValue == 5)
        #expect(value.member("😀")?.intValue == 6)
        #expect(value.member("😁")?.intValue == 7)
        #expect(value.member("n\u{0}")?.intValue == 8)
        #expect(value.member("n") == nil)
        #expect(value.member("\u{fffd}")?.intValue == 9)
        #expect(value.member("Room") == nil)
        #expect(value.member(#"\u0072oom"#) == nil)
        #expect(try json("[1]").member("0") == nil)
        #expect(try json("\"a\"").member("a") == nil)
    }

    @Test("names of every length are told apart, whatever follows them")
    func nameLengths() throws {
        for length in 0..<40 {
            let name = String(repeating: "n", count: length)
            for (text, isSame) in [
                ("{\"\(name)\":0}", true), ("{\"\(name)x\":0}", false), ("{\"\(name)\\u0000\":0}", false),
                ("{ \"\(name)\" : 0 }", true), ("{\"x\(name)\":0}", false),
            ] {
                let value = try json(text)
                #expect((value.member(name) != nil) == isSame, "\(text)")
                #expect(value.members.contains { $0.isNamed(name) } == isSame, "\(text)")
                var found = 0
                value.forEachMember(named: JSONNames("other", name)) { index, _ in found += index }
                #expect(found == (isSame ? 1 : 0), "\(text)")
            }
            guard length > 0 else { continue }
            let almost = name.dropLast() + "m"
            #expect(try json("{\"\(almost)\":0}").member(name) == nil)
            #expect(try json("{\"\(almost)\":0}").members.allSatisfy { !$0.isNamed(name) })
        }
    }

    @Test("several members are found in one walk")
    func namedMembers() throws {
        let names = JSONNames("room_id", "content", "a name of more than sixteen bytes")
        let value = try json(
            #"""
            {"x":[{"room_id":0}],"content":"a","room_id":"r","cont\u0065nt":"b",
             "a name of more than sixteen bytes":1,"y":2}
            """#
        )
        var found: [String] = []
        value.forEachMember(named: names) { index, value in found.append("\(index) \(String(buffer: value.bytes))") }
        #expect(found == [#"1 "a""#, #"0 "r""#, #"1 "b""#, "2 1"])
        for other in ["[1]", "1", "\"room_id\"", "{}"] {
            try json(other).forEachMember(named: names) { _, _ in Issue.record("\(other) has no such member") }
        }
    }

    @Test("iteration may stop early, start again and outlive the value")
    func iteration() throws {
        var iterator = try json("[1,2,3]").elements.makeIterator()
        #expect(iterator.next()?.intValue == 1)
        var copy = iterator
        #expect(iterator.next()?.intValue == 2)
        #expect(iterator.next()?.intValue == 3)
        #expect(iterator.next() == nil)
        #expect(iterator.next() == nil)
        #expect(copy.next()?.intValue == 2)
        let members = try json(#"{"a":1,"b":2}"#).members
        #expect(members.map(\.value.intValue) == [1, 2])
        #expect(members.map(\.value.intValue) == [1, 2])
    }

    @Test("a value is not changed by what happens to the buffer it came in")
    func isolation() throws {
        var buffer = ByteBuffer(string: #"["a",{"b":"c"}]"#)
        let value = try JSONValue(validating: buffer)
        let object = try #require(value.elements.dropFirst().first { _ in true })
        buffer.clear()
        buffer.writeRepeatingByte(UInt8(ascii: "x"), count: 200)
        var bytes = object.bytes
        bytes.setInteger(UInt8(ascii: "["), at: bytes.readerIndex)
        #expect(String(buffer: value.bytes) == #"["a",{"b":"c"}]"#)
        #expect(object.member("b")?.stringValue == "c")
    }

    @Test("parts that begin more than 16 MiB into a buffer are still found")
    func largeBuffer() throws {
        // Past that a ByteBuffer cannot share storage with its slices and copies them.
        var buffer = ByteBufferAllocator().buffer(capacity: 17_900_000)
        buffer.writeString("[")
        buffer.writeRepeatingByte(UInt8(ascii: " "), count: 17_800_000)
        buffer.writeString(#"{"a":["b"]},2]"#)
        let elements = Array(try JSONValue(validating: buffer).elements)
        #expect(elements.count == 2)
        #expect(elements.first?.member("a")?.elements.first { _ in true }?.stringValue == "b")
    }
}
