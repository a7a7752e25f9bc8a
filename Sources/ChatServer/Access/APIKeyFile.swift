// Licensed under the MIT licence.

import Logging

/// Keeps the keys of the HTTP interface those of their file (`API_KEYS_FILE`).
struct APIKeyFile: ReloadableFiles {
    let path: String
    let keyring: APIKeyring
    let firstSeen: WatchedFiles
    let logger: Logger

    /// Looks at the file, and reads it in case it has changed since the settings were read.
    init(_ path: String, keyring: APIKeyring, logger: Logger) {
        self.path = path
        self.keyring = keyring
        self.logger = logger
        self.firstSeen = WatchedFiles([path])
        _ = self.read()
    }

    var paths: [String] { [self.path] }

    func reload() async {
        guard let keys = self.read() else { return }
        self.logger.notice("the API keys were read again")
        if let warning = keys.weakness(in: .apiKeysFile) { self.logger.warning("\(warning)") }
    }

    private func read() -> APIKeys? {
        do throws(APIKeysFlaw) {
            let keys = try APIKeys(file: self.path)
            self.keyring.use(keys)
            return keys
        } catch {
            self.logger.error(
                "new API keys cannot be used; the old ones stay",
                metadata: ["setting": "\(Setting.apiKeysFile.name)", "reason": "\(error.reason)"]
            )
            return nil
        }
    }
}
