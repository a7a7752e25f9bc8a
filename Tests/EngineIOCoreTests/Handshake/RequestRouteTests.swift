// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct RequestRouteTests {
    /// A query, how it came, and what is decided.
    struct Row: Sendable, CustomTestStringConvertible {
        var query: String
        var method = "GET"
        var isUpgrade = false
        var origin = RequestRoute.Origin.accepted
        var options = EngineIOOptions()
        var outcome: Outcome
        var testDescription: String { "\(self.method) \(self.isUpgrade ? "upgrade " : "")?\(self.query)" }
    }

    enum Outcome: Sendable, Equatable {
        case route(RequestRoute)
        case error(HandshakeError)
    }

    static let sid = "AAAAAAAAAAAAAAAAAAAA"
    static let session = SessionID(shardIndex: 0, random: (0, 0))
    static let index = JSONP.Index(parameter: "4")

    private func decide(_ row: Row) -> Outcome {
        do throws(HandshakeError) {
            return .route(
                try RequestRoute.decide(
                    method: .init(row.method),
                    query: HandshakeQuery(row.query.utf8),
                    isUpgrade: row.isUpgrade,
                    origin: row.origin,
                    options: row.options
                )
            )
        } catch {
            return .error(error)
        }
    }

    @Test(arguments: [
        Row(query: "EIO=4&transport=polling", outcome: .route(.handshake(.v4, .polling, jsonp: nil))),
        Row(query: "EIO=3&transport=polling&b64=1&t=x", outcome: .route(.handshake(.v3, .polling, jsonp: nil))),
        Row(
            query: "EIO=4&transport=websocket",
            isUpgrade: true,
            outcome: .route(.handshake(.v4, .websocket, jsonp: nil))
        ),
        Row(
            query: "EIO=3&transport=websocket",
            isUpgrade: true,
            outcome: .route(.handshake(.v3, .websocket, jsonp: nil))
        ),
        Row(query: "EIO=3&transport=polling&j=4", outcome: .route(.handshake(.v3, .polling, jsonp: index))),
        Row(query: "EIO=4&transport=polling&j=4", outcome: .route(.handshake(.v4, .polling, jsonp: index))),
        Row(query: "EIO=4&transport=polling&sid=", outcome: .route(.handshake(.v4, .polling, jsonp: nil))),
        Row(
            query: "EIO=4&transport=websocket&j=x",
            isUpgrade: true,
            outcome: .route(.handshake(.v4, .websocket, jsonp: nil))
        ),
        Row(query: "EIO=4&transport=polling&sid=\(sid)", outcome: .route(.poll(session, jsonp: nil))),
        Row(query: "EIO=4&transport=polling&sid=\(sid)", method: "POST", outcome: .route(.post(session, jsonp: nil))),
        Row(query: "EIO=3&transport=polling&sid=\(sid)&j=4", outcome: .route(.poll(session, jsonp: index))),
        Row(
            query: "EIO=3&transport=polling&sid=\(sid)&j=4",
            method: "POST",
            outcome: .route(.post(session, jsonp: index))
        ),
        Row(query: "EIO=4&transport=websocket&sid=\(sid)", isUpgrade: true, outcome: .route(.upgrade(session))),
        // The handshake has settled the revision; a later EIO is not looked at.
        Row(query: "EIO=5&transport=polling&sid=\(sid)", outcome: .route(.poll(session, jsonp: nil))),
        Row(query: "transport=polling&sid=\(sid)", outcome: .route(.poll(session, jsonp: nil))),
    ])
    func `stock requests find their way`(row: Row) {
        #expect(decide(row) == row.outcome)
    }

    @Test(arguments: [
        "EIO=4", "", "EIO=4&transport=", "EIO=4&transport=abc", "EIO=4&transport=__proto__",
        "EIO=4&transport=constructor",
        "EIO=4&transport=toString", "EIO=4&transport=POLLING", "EIO=4&transport=polling%00",
        "EIO=4&transport=webtransport",
        "EIO=4&transport=polling&transport=__proto__", "EIO=4&transport[]=polling",
    ])
    func `a transport that is missing or unknown is code 0`(query: String) {
        for method in ["GET", "POST", "PUT"] {
            #expect(
                decide(Row(query: query, method: method, outcome: .error(.unknownTransport)))
                    == .error(.unknownTransport)
            )
        }
        let withSession = query + "&sid=nonsense"
        #expect(decide(Row(query: withSession, outcome: .error(.unknownTransport))) == .error(.unknownTransport))
    }

    @Test func `a transport that is switched off is code 0`() {
        let pollingOnly = EngineIOOptions(transports: [.polling])
        let row = Row(
            query: "EIO=4&transport=websocket",
            isUpgrade: true,
            options: pollingOnly,
            outcome: .error(.unknownTransport)
        )
        #expect(decide(row) == row.outcome)
    }

    @Test(arguments: [
        "sid=x", "sid=__proto__", "sid=constructor", "sid=AAAAAAAAAAAAAAAAAAA",
        "sid=AAAAAAAAAAAAAAAAAAAA&sid=AAAAAAAAAAAAAAAAAAAA",
        "sid=&sid=AAAAAAAAAAAAAAAAAAAA", "sid=AAAAAAAAAAAAAAAAAAAA%00", "sid=AAAAAAAAAAAAAAAAAAA+",
    ])
    func `a sid that no server gave out, or a repeated one, is code 1`(sid: String) {
        for method in ["GET", "POST", "DELETE"] {
            let row = Row(query: "EIO=4&transport=polling&\(sid)", method: method, outcome: .error(.unknownSession))
            #expect(decide(row) == row.outcome)
        }
        let upgrade = Row(query: "EIO=4&transport=websocket&\(sid)", isUpgrade: true, outcome: .error(.unknownSession))
        #expect(decide(upgrade) == upgrade.outcome)
    }

    /// The Engine.IO 4 suite expects 400 for POST and PUT.
    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "HEAD", "get"])
    func `a first request with another method than GET is code 2`(method: String) {
        for query in ["EIO=4&transport=polling", "EIO=3&transport=polling", "EIO=9&transport=polling&j=x"] {
            let row = Row(query: query, method: method, outcome: .error(.badHandshakeMethod))
            #expect(decide(row) == row.outcome)
        }
    }

    @Test(arguments: ["PUT", "DELETE", "PATCH", "HEAD", "post"])
    func `another method than GET or POST for a session is 405`(method: String) {
        let row = Row(
            query: "EIO=4&transport=polling&sid=\(Self.sid)",
            method: method,
            outcome: .error(.methodNotAllowed)
        )
        #expect(decide(row) == row.outcome)
    }

    @Test(arguments: [("websocket", false), ("polling", true)])
    func `a transport that does not fit the request is code 3`(transport: String, isUpgrade: Bool) {
        let first = Row(query: "EIO=4&transport=\(transport)", isUpgrade: isUpgrade, outcome: .error(.badRequest))
        #expect(decide(first) == first.outcome)
        // With a session, code 1 comes first if there is none.
        let later = Row(
            query: "EIO=4&transport=\(transport)&sid=\(Self.sid)",
            isUpgrade: isUpgrade,
            outcome: .route(.misfit(Self.session))
        )
        #expect(decide(later) == later.outcome)
    }

    @Test func `an upgrade that is not allowed fits no session`() {
        let row = Row(
            query: "EIO=4&transport=websocket&sid=\(Self.sid)",
            isUpgrade: true,
            options: EngineIOOptions(allowUpgrades: false),
            outcome: .route(.misfit(Self.session))
        )
        #expect(decide(row) == row.outcome)
    }

    @Test(arguments: ["", "EIO=&", "EIO=2&", "EIO=5&", "EIO=abc&", "EIO=4.0&", "EIO=04&", "EIO=%004&", "EIO=4&EIO=2&"])
    func `an EIO other than 3 and 4 is code 5`(eio: String) {
        let polling = Row(query: "\(eio)transport=polling", outcome: .error(.unsupportedProtocolVersion))
        #expect(decide(polling) == polling.outcome)
        let webSocket = Row(
            query: "\(eio)transport=websocket",
            isUpgrade: true,
            outcome: .error(.unsupportedProtocolVersion)
        )
        #expect(decide(webSocket) == webSocket.outcome)
    }

    @Test func `Engine.IO 3 switched off is code 5`() {
        let options = EngineIOOptions(allowEIO3: false)
        let v3 = Row(query: "EIO=3&transport=polling", options: options, outcome: .error(.unsupportedProtocolVersion))
        #expect(decide(v3) == v3.outcome)
        let v4 = Row(
            query: "EIO=4&transport=polling",
            options: options,
            outcome: .route(.handshake(.v4, .polling, jsonp: nil))
        )
        #expect(decide(v4) == v4.outcome)
    }

    @Test(arguments: ["1);alert(1)//", "", "-1", "a", "99999999999"])
    func `a JSONP index that is no number is code 3`(j: String) {
        for (query, method) in [("", "GET"), ("&sid=\(Self.sid)", "GET"), ("&sid=\(Self.sid)", "POST")] {
            let row = Row(query: "EIO=3&transport=polling\(query)&j=\(j)", method: method, outcome: .error(.badRequest))
            #expect(decide(row) == row.outcome)
        }
    }

    @Test func `a foreign origin may not open a WebSocket`() {
        for query in ["EIO=4&transport=websocket", "EIO=4&transport=websocket&sid=\(Self.sid)", "transport=websocket"] {
            let row = Row(query: query, isUpgrade: true, origin: .foreign, outcome: .error(.forbidden))
            #expect(decide(row) == row.outcome)
        }
    }

    @Test func `a foreign origin may not poll either`() {
        for (query, method) in [("", "GET"), ("&sid=\(Self.sid)", "GET"), ("&sid=\(Self.sid)", "POST")] {
            let row = Row(
                query: "EIO=4&transport=polling\(query)",
                method: method,
                origin: .foreign,
                outcome: .error(.forbidden)
            )
            #expect(decide(row) == row.outcome)
        }
    }

    @Test func `a malformed origin is code 3, after the transport and before the session`() {
        let bad = Row(query: "EIO=4&transport=polling&sid=x", origin: .malformed, outcome: .error(.badRequest))
        #expect(decide(bad) == bad.outcome)
        let worse = Row(query: "EIO=4&transport=x", origin: .malformed, outcome: .error(.unknownTransport))
        #expect(decide(worse) == worse.outcome)
    }
}
