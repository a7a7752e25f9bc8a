// Licensed under the MIT licence.

import CoreMetrics
import Testing

@testable import ChatServer

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry([
        MetricDescription(name: "took_seconds", help: "How long.", bounds: [0.001, 1])
    ])

    private func family(_ name: String) -> MetricFamily? { self.registry.families.first { $0.name == name } }

    @Test func countersAddUpByName() {
        let first = Counter(label: "seen", dimensions: [("b", "2"), ("a", "1")], factory: self.registry)
        let second = Counter(label: "seen_total", dimensions: [("a", "1"), ("b", "2")], factory: self.registry)
        first.increment(by: 2)
        second.increment()
        first.increment(by: -5)
        let labels = [MetricLabel("a", "1"), MetricLabel("b", "2")]
        #expect(self.family("seen_total")?.samples == [.init(labels: labels, value: .integer(3))])
        #expect(self.family("seen_total")?.kind == .counter)
    }

    @Test func timersAreHistogramsInSeconds() throws {
        CoreMetrics.Timer(label: "took", dimensions: [], factory: self.registry).recordMilliseconds(500)
        let family = try #require(self.family("took_seconds"))
        #expect(family.help == "How long.")
        var expected = Distribution(bounds: [0.001, 1])
        expected.observe(0.5)
        #expect(family.samples == [.init(value: .distribution(expected))])
    }

    @Test func gauges() {
        let meter = Meter(label: "level", factory: self.registry)
        meter.set(5)
        meter.decrement(by: 2)
        #expect(self.family("level")?.samples == [.init(value: .number(3))])
        Gauge(label: "last", dimensions: [], factory: self.registry).record(7)
        #expect(self.family("last")?.samples == [.init(value: .number(7))])
    }

    @Test(arguments: [("http.requests", "http_requests"), ("1st", "_1st"), ("a:b", "a:b"), ("ü-x", "__x"), ("", "_")])
    func namesAreBroughtIntoForm(label: String, name: String) {
        Meter(label: label, factory: self.registry).set(1)
        #expect(self.family(name) != nil)
    }

    @Test func labelsThatArePrometheussOwnAreRenamed() {
        Meter(label: "m", dimensions: [("le", "1"), ("__name__", "2"), ("a:b", "3")], factory: self.registry).set(1)
        let names = self.family("m")?.samples.first?.labels.map(\.name)
        #expect(names == ["a_b", "x__name__", "xle"])
    }

    @Test func aNameIsOfOneKind() {
        Counter(label: "x_total", dimensions: [], factory: self.registry).increment()
        Meter(label: "x_total", factory: self.registry).set(9)
        #expect(self.family("x_total")?.samples == [.init(value: .integer(1))])
        #expect(self.family("chat_metrics_refused_total")?.samples == [.init(value: .integer(1))])
    }

    @Test func labelsAreBounded() {
        for number in 0..<(MetricsRegistry.maximumSeries + 5) {
            Counter(label: "many", dimensions: [("n", "\(number)")], factory: self.registry).increment()
        }
        #expect(self.family("many_total")?.samples.count == MetricsRegistry.maximumSeries)
        #expect(self.family("chat_metrics_refused_total")?.samples == [.init(value: .integer(5))])
    }
}
