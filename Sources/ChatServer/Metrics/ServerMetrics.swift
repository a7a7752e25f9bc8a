// Licensed under the MIT licence.

import NIOCore
import Synchronization

/// Something that is asked for its numbers when somebody wants them.
protocol MetricSource: Sendable {
    /// What there is at this moment; names are this source's alone.
    func families() async -> [MetricFamily]
}

/// All metrics of a server: what `/metrics` answers.
///
/// What happens for each delivery is counted by the shards in plain numbers, and collected here when it is asked for. What
/// happens more rarely (requests, calls to the store, commands to Redis) is counted in ``registry``, through swift-metrics.
final class ServerMetrics: Sendable {
    let registry: MetricsRegistry
    private let sources = Mutex<[any MetricSource]>([])
    /// The collection that is under way, which all who ask meanwhile share.
    private let running = Mutex<Task<ByteBuffer, Never>?>(nil)

    init(registry: MetricsRegistry = MetricsRegistry()) {
        self.registry = registry
    }

    /// Asks a source, too, from now on.
    func add(_ source: any MetricSource) {
        self.sources.withLock { $0.append(source) }
    }

    /// Everything in Prometheus's text format.
    func text() async -> ByteBuffer {
        let task = self.running.withLock { running in
            if let running { return running }
            let task = Task {
                let text = PrometheusText.encode(await self.families())
                self.running.withLock { $0 = nil }
                return text
            }
            running = task
            return task
        }
        return await task.value
    }

    /// Everything that is exposed.
    func families() async -> [MetricFamily] {
        var families = self.registry.families
        for source in self.sources.withLock({ $0 }) { families += await source.families() }
        return families
    }
}
