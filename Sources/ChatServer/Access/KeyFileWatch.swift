// Licensed under the MIT licence.

import Logging
import ServiceLifecycle

/// Something that comes from files and can be read again while the server runs.
protocol ReloadableFiles: Sendable {
    /// The files.
    var paths: [String] { get }
    /// The files as they were before they were read for the first time: a change from then on is not missed.
    var firstSeen: WatchedFiles { get }

    /// Reads the files again.
    ///
    /// If they cannot be used, what was there before stays, and one line in the log says so.
    func reload() async

    /// Says what whoever runs the server should know about them by now; called once a day.
    func remind()
}

extension ReloadableFiles {
    /// As they are now; for those that are read behind the making of their watch.
    var firstSeen: WatchedFiles { WatchedFiles(self.paths) }

    func remind() {}
}

/// Reads keys and certificates again within a few seconds of a change of their files, and at once when it is asked to.
actor KeyFileWatch: Service {
    private let files: [any ReloadableFiles]
    private var watched: [WatchedFiles]
    private let interval: Duration
    private let requests: AsyncStream<Void>
    private let logger: Logger
    /// What is being read, behind what was to be read before it.
    private var reading: Task<Void, Never>?

    /// Looks at the files.
    ///
    /// - Parameters:
    ///   - files: What to read again; what has no files is left out.
    ///   - interval: How often to look at them.
    ///   - requests: Each one has all of them read again.
    ///   - logger: Told of requests where there is no file.
    init(
        _ files: [any ReloadableFiles],
        interval: Duration = .seconds(5),
        requests: AsyncStream<Void> = AsyncStream { $0.finish() },
        logger: Logger
    ) {
        self.files = files.filter { !$0.paths.isEmpty }
        self.watched = self.files.map(\.firstSeen)
        self.interval = interval
        self.requests = requests
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in self.requests { await self.readAll() } }
                group.addTask { await self.watch() }
            }
        }
    }

    private func watch() async {
        var nextReminder = ContinuousClock.now + .seconds(86_400)
        while (try? await Task.sleep(for: self.interval)) != nil {
            for index in self.files.indices where self.watched[index].haveChanged() {
                await self.read(self.files[index])
            }
            if ContinuousClock.now >= nextReminder {
                nextReminder = .now + .seconds(86_400)
                for files in self.files { files.remind() }
            }
        }
    }

    /// Reads files behind all that are being read: of two readings of one file the later one must end last.
    private func read(_ files: any ReloadableFiles) async {
        let reading = Task { [previous = self.reading] in
            await previous?.value
            await files.reload()
        }
        self.reading = reading
        await reading.value
    }

    private func readAll() async {
        if self.files.isEmpty {
            self.logger.notice("asked to read files again, but no setting names one with keys or a certificate")
        }
        for index in self.files.indices {
            // A change that is read now is not read once more.
            _ = self.watched[index].haveChanged()
            await self.read(self.files[index])
        }
    }
}

extension KeyFileWatch: CustomStringConvertible {
    /// What the log says of it at `debug`: nothing that is secret.
    nonisolated var description: String { "KeyFileWatch" }
}

/// Files and what they were like when they were last looked at.
struct WatchedFiles: Sendable {
    private let paths: [String]
    private var stamps: [[Int64]?]

    init(_ paths: [String]) {
        self.paths = paths
        self.stamps = paths.map { KeyFile.stamp($0) }
    }

    mutating func haveChanged() -> Bool {
        let stamps = self.paths.map { KeyFile.stamp($0) }
        defer { self.stamps = stamps }
        return stamps != self.stamps
    }
}
