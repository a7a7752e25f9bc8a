// Licensed under the MIT licence.

import EngineIO
import Logging

/// The certificate that clients are shown by TLS.
struct ServerCertificate: ReloadableFiles {
    /// From how many days before its end on there are warnings.
    private static let warningDays: Int64 = 14

    let files: ChatServerConfiguration.TLSFiles
    let tls: EngineTLS
    let firstSeen: WatchedFiles
    let logger: Logger
    /// The time of day, in seconds since 1970.
    var now: @Sendable () -> Int64 = { WallClock.milliseconds / 1000 }

    /// Reads the certificate for the first time.
    ///
    /// - Throws: What of its files does not do.
    init(_ files: ChatServerConfiguration.TLSFiles, logger: Logger) throws(StartError) {
        self.files = files
        self.logger = logger
        self.firstSeen = WatchedFiles([files.certificate, files.key])
        self.tls = try files.load()
    }

    var paths: [String] { [self.files.certificate, self.files.key] }

    func reload() async {
        do throws(ChatServerConfiguration.TLSFiles.Flaw) {
            try self.files.read { chain, key throws(EngineTLSFlaw) in
                try self.tls.use(certificateChain: chain, privateKey: key)
            }
        } catch {
            return self.logger.error(
                "the new TLS certificate cannot be used; the old one stays",
                metadata: ["setting": "\(error.setting.name)", "reason": "\(error.reason)"]
            )
        }
        self.logger.notice("the TLS certificate was read again", metadata: ["days": "\(self.daysLeft)"])
        self.remind()
    }

    /// Warns of a certificate that is about to expire, or has.
    func remind() {
        let days = self.daysLeft
        guard days < Self.warningDays else { return }
        self.logger.warning(
            days < 0 ? "the TLS certificate has expired" : "the TLS certificate is about to expire",
            metadata: ["days": "\(days)", "setting": "\(Setting.tlsCertificateFile.name)"]
        )
    }

    /// Whole days; negative once it is over.
    private var daysLeft: Int64 {
        let seconds = self.tls.expirySeconds - self.now()
        return seconds < 0 ? -1 - (-seconds / 86_400) : seconds / 86_400
    }
}
