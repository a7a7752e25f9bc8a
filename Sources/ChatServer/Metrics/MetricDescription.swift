// Licensed under the MIT licence.

/// What is said of a metric that is counted through swift-metrics.
struct MetricDescription: Sendable {
    /// As it is exposed, with its unit and suffix.
    let name: String
    /// One sentence.
    let help: String
    /// The classes, if it is a histogram.
    var bounds: [Double]?

    /// All that this program counts so; what else is exposed is collected when it is asked for.
    static let all: [MetricDescription] = [
        .init(name: "chat_http_requests_total", help: "HTTP requests beside Engine.IO's, by route and status."),
        .init(
            name: "chat_http_request_duration_seconds",
            help: "How long these requests took until the answer began.",
            bounds: .latencyBounds
        ),
        .init(
            name: "chat_store_operation_duration_seconds",
            help: "How long the store took to answer calls, waiting for their turn included.",
            bounds: .latencyBounds
        ),
        .init(name: "chat_store_failures_total", help: "Calls that the store failed or refused."),
        .init(
            name: "chat_store_commit_calls",
            help: "How many calls shared a transaction of the embedded store.",
            bounds: .countBounds
        ),
        .init(
            name: "chat_store_commit_duration_seconds",
            help: "How long transactions of the embedded store took, the disk included.",
            bounds: .latencyBounds
        ),
        .init(
            name: "redis_command_duration_seconds",
            help: "How long commands took until Redis's answer, waiting for a connection included.",
            bounds: .latencyBounds
        ),
        .init(name: "redis_command_failures_total", help: "Commands that got an error, or no answer."),
    ]
}
