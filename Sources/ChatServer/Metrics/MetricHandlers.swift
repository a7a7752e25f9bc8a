// Licensed under the MIT licence.

import CoreMetrics
import Synchronization

/// What the registry reads when it is asked.
protocol MetricSeries: Sendable {
    var value: MetricFamily.Value { get }
}

/// A number that grows.
final class CounterSeries: CounterHandler, MetricSeries {
    private let total = Atomic(0)

    func increment(by amount: Int64) {
        // A counter that went back would pass for a restart.
        if amount > 0 { self.total.wrappingAdd(Int(amount), ordering: .relaxed) }
    }

    func reset() { self.total.store(0, ordering: .relaxed) }

    var value: MetricFamily.Value { .integer(self.total.load(ordering: .relaxed)) }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler, MetricSeries {
    private let number = Mutex(0.0)

    func set(_ value: Int64) { self.set(Double(value)) }
    func set(_ value: Double) { self.number.withLock { $0 = value } }
    func increment(by amount: Double) { self.number.withLock { $0 += amount } }
    func decrement(by amount: Double) { self.number.withLock { $0 -= amount } }
    func record(_ value: Int64) { self.set(value) }
    func record(_ value: Double) { self.set(value) }

    var value: MetricFamily.Value { .number(self.number.withLock { $0 }) }
}

/// A distribution, of times in seconds if it is a timer's.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries {
    private let distribution: Mutex<Distribution>

    init(bounds: [Double]) {
        self.distribution = Mutex(Distribution(bounds: bounds))
    }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }
    func record(_ value: Int64) { self.record(Double(value)) }
    func record(_ value: Double) { self.distribution.withLock { $0.observe(value) } }

    var value: MetricFamily.Value { .distribution(self.distribution.withLock { $0 }) }
}
