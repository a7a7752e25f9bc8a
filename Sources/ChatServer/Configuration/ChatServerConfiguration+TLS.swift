// Licensed under the MIT licence.

import EngineIO

extension ChatServerConfiguration {
    /// Where the certificate and the key are that clients are shown by TLS.
    struct TLSFiles: Equatable, Sendable {
        /// The path of a PEM file with the chain.
        var certificate: String
        /// The path of a PEM file with the key.
        var key: String

        /// Which of the two files cannot be used.
        struct Flaw: Error {
            let setting: Setting
            let path: String
            /// To be written behind the file's name.
            let reason: String
        }
    }
}

extension ChatServerConfiguration.TLSFiles {
    /// Reads `TLS_CERTIFICATE_FILE` and `TLS_KEY_FILE`; nil without either.
    init?(_ variables: VariableReader) throws(StartError) {
        let certificate = try variables.required(.tlsCertificateFile)
        let key = try variables.required(.tlsKeyFile)
        guard let certificate, let key else {
            guard certificate == nil, key == nil else {
                throw StartError("TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together; set both or none.")
            }
            return nil
        }
        self.init(certificate: certificate, key: key)
    }

    /// The certificate and key as they are now.
    ///
    /// - Throws: Which setting does not do, and why.
    func load() throws(StartError) -> EngineTLS {
        do throws(Flaw) {
            return try self.read { chain, key throws(EngineTLSFlaw) in
                try EngineTLS(certificateChain: chain, privateKey: key)
            }
        } catch {
            throw StartError("\(error.setting.name) is \(error.path.oneLine), which does not do: \(error.reason).")
        }
    }

    /// Reads the files and does something with what is in them.
    func read<Result>(
        _ body: (_ chain: [UInt8], _ key: [UInt8]) throws(EngineTLSFlaw) -> Result
    ) throws(Flaw) -> Result {
        let chain = try self.bytes(of: self.certificate, .tlsCertificateFile)
        let key = try self.bytes(of: self.key, .tlsKeyFile)
        do throws(EngineTLSFlaw) {
            return try body(chain, key)
        } catch {
            switch error {
            case .certificate: throw self.flaw(.tlsCertificateFile, "it has no certificates in PEM")
            case .privateKey: throw self.flaw(.tlsKeyFile, "it has no private key in PEM, or one with a passphrase")
            case .mismatch: throw self.flaw(.tlsKeyFile, "its key is not that of the certificate")
            }
        }
    }

    private func bytes(of path: String, _ setting: Setting) throws(Flaw) -> [UInt8] {
        do throws(KeyFileFlaw) {
            return try KeyFile.read(path)
        } catch {
            throw self.flaw(setting, error.reason)
        }
    }

    private func flaw(_ setting: Setting, _ reason: String) -> Flaw {
        let path = setting.name == Setting.tlsKeyFile.name ? self.key : self.certificate
        return Flaw(setting: setting, path: path, reason: reason)
    }
}
