// Licensed under the MIT licence.

import Chat
import Logging
import NIOCore
import Testing
import WireJSON

@testable import ChatServer

@Suite struct LogLineTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> LogLine {
        LogLine(
            time: Timestamp(milliseconds: 1_767_323_045_678),
            level: .warning,
            label: "martlet",
            message: message,
            metadata: metadata
        )
    }

    @Test func forPeople() {
        let metadata: Logger.Metadata = [
            "b": "two words", "a": "1", "c": .stringConvertible(3), "d": ["x", ["y": "z"]], "e": "",
        ]
        #expect(
            self.line("it rains", metadata).formatted(as: .text)
                == #"2026-01-02T03:04:05.678Z warning martlet: it rains a=1 b="two words" c=3 d=["x",{"y":"z"}] e="""#
        )
    }

    @Test func forPrograms() throws {
        let text = self.line("it rains", ["a": "1", "n": ["k": ["x"]]]).formatted(as: .json)
        #expect(
            text == """
                {"time":"2026-01-02T03:04:05.678Z","level":"warning","label":"martlet","message":"it rains",\
                "metadata":{"a":"1","n":{"k":["x"]}}}
                """
        )
        #expect(!self.line("dry").formatted(as: .json).contains("metadata"))
    }

    @Test(arguments: [LogFormat.text, .json])
    func nothingBeginsALineOfItsOwn(format: LogFormat) throws {
        let hostile = "a\nmartlet: all is well\r\u{1b}[2J\u{0}\u{7f}\u{9b}\u{202e}\u{2028}\t\"\\"
        let text = self.line(hostile, ["k\n=": "\(hostile)"]).formatted(as: format)
        #expect(text.unicodeScalars.allSatisfy { !$0.properties.generalCategory.isHidden })
        guard format == .json else { return }
        let value = try JSONValue(validating: ByteBuffer(string: text))
        #expect(value.member("message")?.stringValue == hostile)
        #expect(value.member("metadata")?.member("k\n=")?.stringValue == hostile)
    }

    @Test func whatIsLongIsCut() {
        let text = self.line(String(repeating: "x", count: 1_000_000)).formatted(as: .json)
        #expect(text.utf8.count < 10_000)
        #expect(text.hasSuffix("x…\"}"))
    }

    @Test func autoLooksWhereTheLinesGo() {
        #expect(LogFormat.auto.resolved(isTerminal: true) == .text)
        #expect(LogFormat.auto.resolved(isTerminal: false) == .json)
        #expect(LogFormat.json.resolved(isTerminal: true) == .json)
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isHidden: Bool {
        [.control, .format, .lineSeparator, .paragraphSeparator].contains(self)
    }
}
