// Licensed under the MIT licence.

import NIOCore

/// Writes families in Prometheus's text format, version 0.0.4.
///
/// ```
/// # HELP chat_rooms Rooms that have members on this node.
/// # TYPE chat_rooms gauge
/// chat_rooms 42
/// ```
enum PrometheusText {
    /// What `Content-Type` says.
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// All families, in the order of their names; those without samples are left out.
    static func encode(_ families: [MetricFamily]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for family in families.sorted(by: { $0.name < $1.name }) where !family.samples.isEmpty {
            buffer.writeString("# HELP \(family.name) \(self.escape(family.help))\n")
            buffer.writeString("# TYPE \(family.name) \(family.kind.rawValue)\n")
            for sample in family.samples { self.write(sample, of: family.name, into: &buffer) }
        }
        return buffer
    }

    private static func write(_ sample: MetricFamily.Sample, of name: String, into buffer: inout ByteBuffer) {
        switch sample.value {
        case .integer(let value):
            buffer.writeString("\(name)\(self.labels(sample.labels)) \(value)\n")
        case .number(let value):
            buffer.writeString("\(name)\(self.labels(sample.labels)) \(self.text(value))\n")
        case .distribution(let distribution):
            var total = 0
            for (index, count) in distribution.counts.enumerated() {
                total += count
                let bound = index < distribution.bounds.count ? distribution.bounds[index] : .infinity
                let labels = self.labels(sample.labels + [MetricLabel("le", self.text(bound))])
                buffer.writeString("\(name)_bucket\(labels) \(total)\n")
            }
            let labels = self.labels(sample.labels)
            buffer.writeString("\(name)_sum\(labels) \(self.text(distribution.sum))\n")
            buffer.writeString("\(name)_count\(labels) \(total)\n")
        }
    }

    private static func labels(_ labels: [MetricLabel]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { "\($0.name)=\"\(self.escape($0.value, quotes: true))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// The number as Go's `ParseFloat` reads it; whole ones without a fraction.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int(exactly: value) { return "\(whole)" }
        return "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
