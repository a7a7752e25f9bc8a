// Licensed under the MIT licence.

import Logging

/// Keeps a verifier's keys those of its files.
struct TokenKeyFiles: ReloadableFiles {
    let verifier: TokenVerifier
    let tokens: ChatServerConfiguration.Tokens
    let logger: Logger

    /// Reads the keys for the first time.
    ///
    /// - Throws: Which setting does not do, and why.
    func load() async throws(StartError) {
        self.verifier.use(try await self.tokens.loadKeys())
    }

    var paths: [String] { self.tokens.sources.compactMap(\.path) }

    func reload() async {
        var keys: [TokenKey] = []
        var warnings: [String] = []
        for source in self.tokens.sources {
            do {
                let loaded = try await source.load()
                if source.path != nil, let line = source.weakness(of: loaded) { warnings.append(line) }
                keys += loaded
            } catch {
                return self.logger.error(
                    "new keys of tokens cannot be used; the old ones stay",
                    metadata: ["setting": "\(source.setting.name)", "reason": "\(TokenKeySource.reason(of: error))"]
                )
            }
        }
        self.verifier.use(TokenKeys(keys))
        self.logger.notice("the keys of tokens were read again")
        for line in warnings { self.logger.warning("\(line)") }
    }
}
