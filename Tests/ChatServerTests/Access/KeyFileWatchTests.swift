// Licensed under the MIT licence.

import Foundation
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(15))) struct KeyFileWatchTests {
    /// A file whose reading takes a few turns, and which tells of each end of one, and how many read it at the same time.
    private actor SlowFile: ReloadableFiles {
        nonisolated let paths: [String]
        nonisolated let firstSeen: WatchedFiles
        nonisolated let readings: AsyncStream<Void>
        private let ended: AsyncStream<Void>.Continuation
        private(set) var most = 0
        private var current = 0

        init(_ path: String) {
            self.paths = [path]
            self.firstSeen = WatchedFiles([path])
            (self.readings, self.ended) = AsyncStream.makeStream(of: Void.self)
        }

        nonisolated func wait(forReadings count: Int) async {
            var readings = self.readings.makeAsyncIterator()
            for _ in 0..<count { await readings.next() }
        }

        func reload() async {
            self.current += 1
            self.most = max(self.most, self.current)
            for _ in 0..<50 { await Task.yield() }
            self.current -= 1
            self.ended.yield()
        }

        nonisolated func remind() {}
    }

    private func withFile(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try self.write("first", to: path)
        try await body(path)
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("a change before the watch, and behind the first reading, is seen")
    func changeAtStart() async throws {
        try await self.withFile { path in
            let file = SlowFile(path)
            try self.write("second", to: path)
            let watch = KeyFileWatch([file], interval: .microseconds(50), logger: LogRecorder().logger)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                await file.wait(forReadings: 1)
                group.cancelAll()
            }
        }
    }

    @Test("files that change while they are read, because somebody asked, are read behind that")
    func changesDuringReadings() async throws {
        try await self.withFile { path in
            let file = SlowFile(path)
            let (requests, asking) = AsyncStream.makeStream(of: Void.self)
            let logger = LogRecorder().logger
            let watch = KeyFileWatch([file], interval: .microseconds(50), requests: requests, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                for number in 1...300 {
                    asking.yield()
                    try self.write("\(number)", to: path)
                    await Task.yield()
                }
                await file.wait(forReadings: 300)
                group.cancelAll()
            }
            #expect(await file.most == 1)
        }
    }
}
