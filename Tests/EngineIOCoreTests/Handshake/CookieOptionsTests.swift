// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct CookieOptionsTests {
    @Test(arguments: [
        (CookieOptions(), "io=lv_VI97HAXpY6yYWAAAC; Path=/; HttpOnly; SameSite=Lax"),
        (
            CookieOptions(
                name: "x",
                path: "/a/",
                domain: "b.example",
                isSecure: true,
                sameSite: .crossSite,
                maxAge: .seconds(60)
            ),
            "x=lv_VI97HAXpY6yYWAAAC; Max-Age=60; Domain=b.example; Path=/a/; HttpOnly; Secure; SameSite=None"
        ),
        (CookieOptions(path: nil, isHTTPOnly: false, sameSite: nil), "io=lv_VI97HAXpY6yYWAAAC"),
        (
            CookieOptions(sameSite: .strict, maxAge: .seconds(-1)),
            "io=lv_VI97HAXpY6yYWAAAC; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
        ),
    ])
    func `what a browser is told`(options: CookieOptions, value: String) throws {
        let session = try #require(SessionID("lv_VI97HAXpY6yYWAAAC"))
        #expect(options.headerValue(session) == value)
    }

    @Test(arguments: [
        ("Forbidden", #"{"code":4,"message":"Forbidden"}"#), ("a \"b\" \\ é", #"{"code":4,"message":"a \"b\" \\ é"}"#),
        ("line\nbreak\u{0}", ##"{"code":4,"message":"line\u000abreak\u0000"}"##), ("", #"{"code":4,"message":""}"#),
    ])
    func `a refusal is JSON whatever it says`(message: String, body: String) {
        #expect(RequestDecision.body(refusing: message) == body)
    }
}
