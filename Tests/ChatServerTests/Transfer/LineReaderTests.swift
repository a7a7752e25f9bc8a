// Licensed under the MIT licence.

import Foundation
import NIOCore
import Testing

@testable import ChatServer

@Suite struct LineReaderTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        .path

    private func reader(_ text: Data, maximumBytes: Int) throws -> LineReader {
        try text.write(to: URL(fileURLWithPath: self.path))
        return LineReader(try .reading(self.path), maximumBytes: maximumBytes)
    }

    private func lengths(_ reader: inout LineReader) throws -> [Int] {
        var lengths: [Int] = []
        while let line = try reader.next() {
            switch line {
            case .line(let bytes): lengths.append(bytes.readableBytes)
            case .tooLong: lengths.append(-1)
            }
        }
        return lengths
    }

    @Test func linesOfAnyLength() throws {
        defer { try? FileManager.default.removeItem(atPath: self.path) }
        let text = Data(("a\n\nbb\n" + String(repeating: "c", count: 600_000) + "\nlast").utf8)
        var reader = try self.reader(text, maximumBytes: 600_000)
        #expect(try self.lengths(&reader) == [1, 0, 2, 600_000, 4])
        #expect((reader.number, reader.byteCount) == (5, text.count))
        for maximum in [100_000, 599_999] {
            reader = try self.reader(text, maximumBytes: maximum)
            #expect(try self.lengths(&reader) == [1, 0, 2, -1], "\(maximum)")
            #expect(reader.number == 4)
            #expect(try reader.next() == nil)
        }
        reader = try self.reader(Data("12345\n123456\n".utf8), maximumBytes: 5)
        #expect(try self.lengths(&reader) == [5, -1], "also where the end has been read already")
    }

    @Test(.timeLimit(.minutes(15))) func hugeAndManyLines() throws {
        defer { try? FileManager.default.removeItem(atPath: self.path) }
        var reader = try self.reader(Data(repeating: UInt8(ascii: "x"), count: 50 << 20), maximumBytes: 100 << 20)
        #expect(try self.lengths(&reader) == [50 << 20])
        reader = try self.reader(Data(repeating: UInt8(ascii: "\n"), count: 300_000), maximumBytes: 10)
        #expect(try self.lengths(&reader).count == 300_000)
    }
}
