// Licensed under the MIT licence.

import CoreMetrics
import Synchronization

/// The backend of swift-metrics: keeps what is counted, for whoever asks.
///
/// Our own, since of the libraries that speak Prometheus's format none is among the packages this project builds with.
///
/// Names and labels are brought into Prometheus's form: dots become underscores, counters end in `_total`, timers are
/// histograms in seconds and end in `_seconds`. A name has at most ``maximumSeries`` sets of labels, and belongs to one kind;
/// what goes beyond is counted nowhere but in `chat_metrics_refused_total`.
final class MetricsRegistry: MetricsFactory {
    /// How many sets of labels a name may have.
    static let maximumSeries = 1000
    /// How many names there may be.
    static let maximumNames = 1000

    private struct Entry {
        let kind: MetricFamily.Kind
        var series: [[MetricLabel]: any MetricSeries] = [:]
        /// The labels in the order in which they came.
        var order: [[MetricLabel]] = []
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var refused = 0
    }

    private let state = Mutex(State())
    private let descriptions: [String: MetricDescription]

    /// - Parameter descriptions: What is said of which name, and which classes its histogram has.
    init(_ descriptions: [MetricDescription] = MetricDescription.all) {
        self.descriptions = Dictionary(descriptions.map { ($0.name, $0) }) { first, _ in first }
    }

    /// All that was counted.
    var families: [MetricFamily] {
        self.state.withLock { state in
            let families = state.entries.map { name, entry in
                MetricFamily(
                    name,
                    entry.kind,
                    self.descriptions[name]?.help ?? "Reported by a library.",
                    samples: entry.order.compactMap { labels in
                        entry.series[labels].map { .init(labels: labels, value: $0.value) }
                    }
                )
            }
            let refused = MetricFamily(
                "chat_metrics_refused_total",
                .counter,
                "Metrics that were asked for under one name too often, or as another kind, and are not counted.",
                state.refused
            )
            return families + [refused]
        }
    }

    // MARK: MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let name = Self.name(label, suffix: "_total")
        return self.series(name, .counter, dimensions) { CounterSeries() } ?? CounterSeries()
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.series(Self.name(label), .gauge, dimensions) { GaugeSeries() } ?? GaugeSeries()
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let name = Self.name(label)
        guard aggregate else {
            return self.series(name, .gauge, dimensions) { GaugeSeries() } ?? GaugeSeries()
        }
        let bounds = self.descriptions[name]?.bounds ?? .countBounds
        return self.series(name, .histogram, dimensions) { HistogramSeries(bounds: bounds) }
            ?? HistogramSeries(bounds: bounds)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = Self.name(label, suffix: "_seconds")
        let bounds = self.descriptions[name]?.bounds ?? .latencyBounds
        return self.series(name, .histogram, dimensions) { HistogramSeries(bounds: bounds) }
            ?? HistogramSeries(bounds: bounds)
    }

    // What was counted stays: a counter that went away and came back would have lost what it had.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of a name and labels, made if need be; nothing if there may not be such a one.
    private func series<Series: MetricSeries>(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ dimensions: [(String, String)],
        _ make: () -> Series
    ) -> Series? {
        let labels = dimensions.map { MetricLabel(Self.labelName($0), $1) }.sorted { $0.name < $1.name }
        return self.state.withLock { state in
            if let known = state.entries[name]?.series[labels] as? Series { return known }
            var entry = state.entries[name] ?? Entry(kind: kind)
            guard entry.kind == kind, entry.series[labels] == nil, entry.series.count < Self.maximumSeries,
                state.entries[name] != nil || state.entries.count < Self.maximumNames
            else {
                state.refused += 1
                return nil
            }
            let series = make()
            entry.series[labels] = series
            entry.order.append(labels)
            state.entries[name] = entry
            return series
        }
    }

    private static func name(_ label: String, suffix: String = "") -> String {
        let name = self.word(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    private static func labelName(_ name: String) -> String {
        let word = self.word(name, allowsColon: false)
        // Two underscores are Prometheus's own, and `le` is a histogram's.
        return word.hasPrefix("__") || word == "le" ? "x" + word : word
    }

    private static func word(_ text: String, allowsColon: Bool) -> String {
        var word = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": word.unicodeScalars.append(scalar)
            case "0"..."9":
                if word.isEmpty { word = "_" }
                word.unicodeScalars.append(scalar)
            case ":" where allowsColon: word.unicodeScalars.append(scalar)
            default: word += "_"
            }
        }
        return word.isEmpty ? "_" : word
    }
}
