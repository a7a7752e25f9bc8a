// Licensed under the MIT licence.

import EngineIO

/// What can be measured of a certificate.
struct CertificateMetrics: MetricSource {
    let tls: EngineTLS

    func families() async -> [MetricFamily] {
        [
            MetricFamily(
                "chat_tls_certificate_expiry_timestamp_seconds",
                .gauge,
                "When the TLS certificate expires, in seconds since 1970.",
                Int(self.tls.expirySeconds)
            )
        ]
    }
}
