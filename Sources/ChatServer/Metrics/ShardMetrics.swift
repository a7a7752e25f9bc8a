// Licensed under the MIT licence.

import Chat
import EngineIO
import EngineIOCore
import SocketIO

/// What the shards count: connections, sockets, rooms, messages.
///
/// Costs each shard one short job each time it is asked for, and nothing in between.
final class ShardMetrics: MetricSource {
    /// How long a stuck shard is waited for.
    static let patience = Duration.seconds(2)

    private let answers: ShardAnswers<ShardReport>
    private let lags: [LoopLag]
    private let patience: Duration

    init(
        engine: EngineServer,
        io: SocketIO.Server,
        homes: [ChatShard],
        patience: Duration = ShardMetrics.patience
    ) {
        let lags = homes.map { LoopLag($0.shard) }
        self.lags = lags
        self.patience = patience
        self.answers = ShardAnswers(homes.map(\.shard)) { shard in
            ShardReport(shard, engine: engine, io: io, home: homes[shard.index], lag: lags[shard.index])
        }
    }

    /// Begins to measure how late the loops are.
    func start() {
        for lag in self.lags { lag.start() }
    }

    /// Measures no more; to be called before the loops end.
    func stop() async {
        for lag in self.lags {
            await withCheckedContinuation { continuation in lag.stop { continuation.resume() } }
        }
    }

    func families() async -> [MetricFamily] {
        let reports = await self.answers.gather(within: self.patience)
        return ShardFamilies(reports: reports).all
    }
}
