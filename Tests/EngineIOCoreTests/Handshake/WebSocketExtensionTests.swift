// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct WebSocketExtensionTests {
    private static func extensions(_ text: String) -> [String]? {
        WebSocketExtension.parse(text)?.map { offered in
            ([offered.name] + offered.parameters.map { $0.name + ($0.value.map { "=<\($0)>" } ?? "") })
                .joined(separator: " ")
        }
    }

    /// The forms of RFC 6455 §9.1 and of RFC 7692 §7.1.
    @Test(
        arguments: [
            ("", []), ("foo", ["foo"]), ("foo, bar; baz=2", ["foo", "bar baz=<2>"]),
            ("foo;a;b=1;c=\"2\"", ["foo a b=<1> c=<2>"]), ("  foo\t;  a = 1 ,, bar ,", ["foo a=<1>", "bar"]),
            (#"foo; a="\1\5""#, ["foo a=<15>"]), ("x-webkit-deflate-frame", ["x-webkit-deflate-frame"]), (",", []),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate",
                [
                    "permessage-deflate client_max_window_bits server_max_window_bits=<10>", "permessage-deflate",
                ]
            ),
        ] as [(String, [String])]
    )
    func `offers come apart`(text: String, expected: [String]) {
        #expect(Self.extensions(text) == expected)
    }

    @Test(arguments: [
        "foo bar", "foo;", "foo;,bar", "foo; a=", "foo; a=;b", "foo; =1", ";a", "foo; a=\"", "foo; a=\"\"",
        "foo; a=\"1 2\"",
        "foo; a=\"1\"2", "foo; a=1=2", "f\u{e9}", "foo/bar", "foo; a=\"\\\"", "foo\u{0}", "foo; a=(1)",
    ])
    func `what is against the grammar is refused whole`(text: String) {
        #expect(Self.extensions(text) == nil)
        #expect(Self.extensions("good, " + text) == nil)
    }
}
