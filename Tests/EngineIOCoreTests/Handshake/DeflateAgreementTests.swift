// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct DeflateAgreementTests {
    private static func answer(_ offers: String, _ options: PerMessageDeflate = .init()) -> String? {
        WebSocketExtension.parse(offers).flatMap { DeflateAgreement(offers: $0, options: options)?.headerValue }
    }

    private static let reset = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    private static let keeping = PerMessageDeflate(serverNoContextTakeover: false, clientNoContextTakeover: false)

    @Test(arguments: [
        ("permessage-deflate", ""), ("PerMessage-Deflate", ""), ("permessage-deflate; client_max_window_bits", ""),
        ("permessage-deflate; client_max_window_bits=15", ""),
        ("permessage-deflate; client_max_window_bits=\"12\"", "; client_max_window_bits=12"),
        ("permessage-deflate; client_max_window_bits=8", "; client_max_window_bits=8"),
        ("permessage-deflate; server_max_window_bits=15", "; server_max_window_bits=15"),
        ("permessage-deflate; server_max_window_bits=9", "; server_max_window_bits=9"),
        ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", ""),
        ("foo, permessage-deflate; bar, permessage-deflate; server_max_window_bits=10", "; server_max_window_bits=10"),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", ""),
    ])
    func `the first good offer is answered`(offers: String, parameters: String) {
        #expect(Self.answer(offers) == Self.reset + parameters)
    }

    @Test(arguments: [
        "", "foo", "permessage-deflate-2", "x-webkit-deflate-frame",
        // zlib has no such window.
        "permessage-deflate; server_max_window_bits=8",
        // A value missing, or one too many.
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_no_context_takeover=true",
        "permessage-deflate; client_no_context_takeover=1",
        // Numbers that are none, or out of range.
        "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010", "permessage-deflate; server_max_window_bits=+10",
        "permessage-deflate; server_max_window_bits=1e1", "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=abc",
        // Unknown, and twice the same.
        "permessage-deflate; unknown", "permessage-deflate; Server_No_Context_Takeover",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
    ])
    func `an offer that cannot be taken is declined`(offers: String) {
        #expect(Self.answer(offers) == nil)
    }

    @Test func `contexts are kept where both sides want to`() {
        #expect(Self.answer("permessage-deflate", Self.keeping) == "permessage-deflate")
        let server = Self.answer("permessage-deflate; server_no_context_takeover", Self.keeping)
        #expect(server == "permessage-deflate; server_no_context_takeover")
        let client = Self.answer("permessage-deflate; client_no_context_takeover", Self.keeping)
        #expect(client == "permessage-deflate; client_no_context_takeover")
    }

    @Test func `this side's windows are told where that is allowed`() {
        let small = PerMessageDeflate(serverMaxWindowBits: 11, clientMaxWindowBits: 10)
        let both = "; server_max_window_bits=11; client_max_window_bits=10"
        #expect(Self.answer("permessage-deflate; client_max_window_bits", small) == Self.reset + both)
        let smaller = "permessage-deflate; client_max_window_bits=9; server_max_window_bits=10"
        let smallest = "; server_max_window_bits=10; client_max_window_bits=9"
        #expect(Self.answer(smaller, small) == Self.reset + smallest)
        // Its inflater would need more than this side wants to hold, and it cannot be told so.
        #expect(Self.answer("permessage-deflate", small) == nil)
    }

    @Test func `options out of range are taken as the nearest`() {
        let odd = PerMessageDeflate(serverMaxWindowBits: 0, clientMaxWindowBits: 99)
        #expect(Self.answer("permessage-deflate", odd) == Self.reset + "; server_max_window_bits=9")
    }

    @Test func `what is agreed on is what is said`() throws {
        let offers = try #require(WebSocketExtension.parse("permessage-deflate; client_max_window_bits=12"))
        let agreement = try #require(DeflateAgreement(offers: offers, options: Self.keeping))
        #expect(agreement.serverWindowBits == 15)
        #expect(agreement.clientWindowBits == 12)
        #expect(!agreement.serverNoContextTakeover && !agreement.clientNoContextTakeover)
    }
}
