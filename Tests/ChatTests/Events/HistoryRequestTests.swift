// Licensed under the MIT licence.

import Chat
import Testing

@Suite struct HistoryRequestTests {
    private let limits = ChatLimits()

    private func query(_ fields: String) throws -> HistoryQuery {
        try HistoryRequest(decoding: json("{\"room_id\":\"r1\"\(fields)}"), limits: self.limits).query
    }

    private func expected(after: Int? = nil, before: Int? = nil, limit: Int) -> HistoryQuery {
        HistoryQuery(after: after, before: before, limit: limit, maximumBytes: self.limits.historyPageBytes)
    }

    @Test("Defaults and bounds")
    func bounds() throws {
        #expect(try self.query("") == self.expected(limit: 50))
        #expect(try self.query(",\"limit\":1") == self.expected(limit: 1))
        #expect(try self.query(",\"limit\":200") == self.expected(limit: 200))
        #expect(try self.query(",\"limit\":201") == self.expected(limit: 200), "at most 200")
        #expect(try self.query(",\"limit\":9223372036854775807") == self.expected(limit: 200))
        #expect(try self.query(",\"after\":3,\"limit\":null") == self.expected(after: 3, limit: 50))
        #expect(try self.query(",\"before\":9") == self.expected(before: 9, limit: 50))
        #expect(try self.query(",\"after\":3,\"before\":9") == self.expected(after: 3, before: 9, limit: 50))
    }

    @Test("Numbers that are none", arguments: ["after", "before", "limit"])
    func malformed(_ field: String) throws {
        for value in ["-1", "1.0", "1e2", "\"1\"", "true", "[]", "{}", "99999999999999999999"] {
            let payload = try json("{\"room_id\":\"r1\",\"\(field)\":\(value)}")
            let code = failure { () throws(ChatError) in try HistoryRequest(decoding: payload, limits: self.limits) }
            #expect(code == .invalidPayload, "\(value)")
        }
    }

    @Test("A limit of nothing")
    func zero() throws {
        let payload = try json(#"{"room_id":"r1","limit":0}"#)
        #expect(
            failure { () throws(ChatError) in try HistoryRequest(decoding: payload, limits: self.limits) }
                == .invalidPayload
        )
    }

    @Test("The query of a URL")
    func url() throws {
        func query(_ after: String?, _ before: String?, _ limit: String?) throws(ChatError) -> HistoryQuery {
            try HistoryQuery(queryAfter: after, before: before, limit: limit, limits: self.limits)
        }
        #expect(try query(nil, nil, nil) == self.expected(limit: 50))
        #expect(try query("0", nil, "500") == self.expected(after: 0, limit: 200))
        #expect(try query(nil, "007", "7") == self.expected(before: 7, limit: 7))
        for bad in ["", "-1", "+1", " 1", "1 ", "1.5", "1e2", "0x1", "x", "\u{0661}", "9223372036854775808"] {
            #expect(failure { () throws(ChatError) in try query(bad, nil, nil) } == .invalidPayload, "\(bad)")
            #expect(failure { () throws(ChatError) in try query(nil, bad, nil) } == .invalidPayload, "\(bad)")
            #expect(failure { () throws(ChatError) in try query(nil, nil, bad) } == .invalidPayload, "\(bad)")
        }
        #expect(failure { () throws(ChatError) in try query(nil, nil, "0") } == .invalidPayload)
    }
}
