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
        for source in self.tokens.sources {
            do {
                keys += try await source.load()
            } catch {
                return self.logger.error(
                    "new keys of tokens cannot be used; the old ones stay",
                    metadata: ["setting": "\(source.setting.name)", "reason": "\(TokenKeySource.reason(of: error))"]
                )
            }
        }
        self.verifier.use(TokenKeys(keys))
        self.logger.notice("the keys of tokens were read again")
    }
}
