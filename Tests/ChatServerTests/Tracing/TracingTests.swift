// Licensed under the MIT licence.

import Chat
import ChatStores
import CoreMetrics
import EngineIOCore
import HTTPTypes
import Hummingbird
import InMemoryTracing
import Logging
import NIOCore
import RedisNIO
import SocketIO
import SocketIOTesting
import Testing
import Tracing

@testable import ChatServer

/// Which spans there are, and whose children they are.
@Suite(.timeLimit(.minutes(15))) struct TracingTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "b7ad6b7169203331"
    private let tracer = W3CTracer()
    private let loop = TestLoop(shardCount: 2)

    private func chat() -> (io: SocketIO.Server, chat: ChatService) {
        let store = ObservedStore(
            MemoryStore(stripes: 1),
            kind: "memory",
            factory: MetricsRegistry(),
            tracer: self.tracer
        )
        let logger = Logger(label: "tests")
        let io = SocketIO.Server(shards: self.loop.shards, logger: logger)
        let chat = ChatService(io: io, store: store, settings: ChatSettings(), logger: logger, tracer: self.tracer)
        chat.register()
        return (io, chat)
    }

    private func finished(_ name: String) -> FinishedInMemorySpan? {
        self.tracer.memory.finishedSpans.first { $0.operationName == name }
    }

    @Test func aRequestIsUnderItsClientsSpanAndTheStoreUnderTheRequest() async throws {
        let configuration = try ChatServerConfiguration(variables: [:])
        let chat = self.chat().chat
        let responder = ChatAPI.responder(
            chat: chat,
            limits: chat.limits,
            readiness: Readiness(storeKind: .memory, store: MemoryStore(stripes: 1)),
            configuration: configuration,
            tracer: self.tracer
        )
        let head = HTTPRequest(
            method: .post,
            scheme: "http",
            authority: "test",
            path: "/messages",
            headerFields: [
                .contentType: "application/json", .traceparent: "00-\(Self.trace)-\(Self.parent)-01",
            ]
        )
        let body = ByteBuffer(string: #"{"room_id":"r","content":"Hi"}"#)
        async let answer = responder.respond(
            to: .init(head: head, body: .init(buffer: body)),
            context: APIContext(source: .init(logger: Logger(label: "tests")))
        )
        await self.loop.run { self.finished("store append") != nil }
        #expect(try await answer.status == .ok)
        let request = try #require(self.finished("POST /messages"))
        #expect(request.spanContext.traceID == Self.trace)
        #expect(request.spanContext.parentSpanID == Self.parent)
        #expect(request.kind == .server)
        let append = try #require(self.finished("store append"))
        #expect(append.spanContext.traceID == Self.trace)
        #expect(append.spanContext.parentSpanID == request.spanContext.spanID)
        #expect(append.kind == .client)
    }

    @Test func whatASocketStoresIsUnderItsHandshake() throws {
        let io = self.chat().io
        let headers = [(name: "traceparent", value: "00-\(Self.trace)-\(Self.parent)-01")]
        let client = TestClient(on: self.loop, headers: headers) { io.accept($0) }
        client.connect(auth: #"{"user_id":"ann"}"#)
        let ann = ChatClient(client, user: "ann")
        ann.send("join", #"{"room_id":"r"}"#)
        self.loop.run()
        ann.send("message", #"{"room_id":"r","content":"Hi"}"#)
        ann.send("history", #"{"room_id":"r"}"#)
        self.loop.run()
        for name in ["store append", "store messages"] {
            let span = try #require(self.finished(name))
            #expect(span.spanContext.traceID == Self.trace)
            #expect(span.spanContext.parentSpanID == Self.parent)
        }
    }

    @Test func commandsToRedisAreUnderWhateverAsks() throws {
        let observer = RedisLatency(MetricsRegistry(), tracer: self.tracer)
        let span = self.tracer.startSpan("store append")
        let (answered, refused) = TraceScope(span.context).run {
            (observer.commandBegan("EVALSHA"), observer.commandBegan("HGET"))
        }
        answered(nil)
        refused(RedisError(.timedOut))
        let script = try #require(self.finished("redis EVALSHA"))
        #expect(script.spanContext.parentSpanID == span.spanContext.spanID)
        #expect(script.status == nil)
        #expect(self.finished("redis HGET")?.status?.code == .error)
    }

    @Test func withoutATracerNothingIsLookedAt() {
        #expect(BootstrappedTracer.tracer == nil)
        #expect(TraceScope.current.run { 1 } == 1)
    }
}
