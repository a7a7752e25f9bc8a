// Licensed under the MIT licence.

import EngineIOCore
import HTTPTypes
import Instrumentation
import Tracing

/// The span that some work belongs to, carried along to the shard that does it: task-local values stay behind.
///
/// Without a tracer there is no context, and it costs a look at an optional.
struct TraceScope: Sendable {
    private let context: InstrumentationContext?

    init(_ context: InstrumentationContext?) {
        self.context = context
    }

    /// That of the current task.
    static var current: TraceScope { TraceScope(.current) }

    /// Does the work as a part of the span; at once, on the caller's thread.
    func run<Result>(_ body: () -> Result) -> Result {
        guard let context else { return body() }
        return InstrumentationContext.$current.withValue(context, operation: body)
    }
}

extension Tracer {
    /// Where a request comes from, by its header fields: `traceparent` and whatever else the tracer knows.
    func context(of headers: HTTPFields) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        self.extract(headers, into: &context, using: FieldExtractor())
        return context
    }

    /// Where a session comes from, by the header fields of its handshake.
    func context(of handshake: EngineHandshake) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        self.extract(handshake.headers, into: &context, using: HandshakeExtractor())
        return context
    }
}

private struct FieldExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { headers[$0] }
    }
}

private struct HandshakeExtractor: Extractor {
    func extract(key: String, from headers: HeaderBlock) -> String? { headers[key.lowercased()] }
}
