// Licensed under the MIT licence.

import ChatStores
import EngineIO
import RedisNIO

extension ChatServerConfiguration {
    /// Finds what stops a server with these settings from starting, as far as that shows without connecting, listening or writing
    /// anything: what this system cannot do, and files that are missing or of no use.
    ///
    /// `serve` begins with it and `check-config` is nothing else, so the two agree.
    ///
    /// - Throws: Which setting does not do, and why.
    func check() async throws(StartError) {
        _ = try SendPath(self.transport.sendPath)
        _ = try self.listening.tls?.load()
        _ = try await self.access.tokens?.loadKeys()
        try self.redis?.check()
        if self.storage.kind == .sqlite {
            do {
                try SQLiteStore.check(directory: self.storage.dataDirectory)
            } catch {
                throw StartError(error)
            }
        }
    }

    /// What does, but should be otherwise, a line for each; `serve` and `check-config` both say it.
    var warnings: [String] {
        get async {
            var lines: [String] = []
            for source in self.access.tokens?.sources ?? [] {
                if let line = await source.weakness() { lines.append(line) }
            }
            if let line = self.access.apiKeyWeakness { lines.append(line) }
            return lines + self.access.warnings
        }
    }
}

extension ChatServerConfiguration.Tokens {
    /// The keys as they are now.
    ///
    /// - Throws: Which setting does not do, and why.
    func loadKeys() async throws(StartError) -> TokenKeys {
        var keys: [TokenKey] = []
        for source in self.sources {
            do {
                keys += try await source.load()
            } catch {
                let file = source.path.map { " is \($0.oneLine), which" } ?? ""
                throw StartError("\(source.setting.name)\(file) does not do: \(TokenKeySource.reason(of: error)).")
            }
        }
        return TokenKeys(keys)
    }
}

extension ChatServerConfiguration.Redis {
    /// Reads the files for TLS.
    ///
    /// - Throws: Which of them cannot be used.
    fileprivate func check() throws(StartError) {
        do {
            try self.tls?.check()
        } catch {
            throw StartError(error)
        }
    }
}

extension StartError {
    /// What to do about Redis that cannot even be asked.
    init(_ error: RedisError) {
        self.init("Redis cannot be used: \(error.message.oneLine).")
    }
}
