// Licensed under the MIT licence.

import Instrumentation
import Tracing

/// The tracer that the process was started with.
enum BootstrappedTracer {
    /// Looked up once, when the server is built; nothing if there is none but the one that does nothing.
    static var tracer: (any Tracer)? {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? nil : tracer
    }
}
