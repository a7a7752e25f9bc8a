// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@Suite struct OpenPacketTests {
    private let sid: SessionID

    init() throws {
        self.sid = try #require(SessionID("lv_VI97HAXpY6yYWAAAC"))
    }

    private func json(_ transport: TransportName, _ options: EngineIOOptions) -> String {
        var buffer = ByteBuffer()
        OpenPacket(sid: self.sid, transport: transport, options: options).write(into: &buffer)
        return String(buffer: buffer)
    }

    /// The example of Engine.IO protocol v4, "Handshake".
    @Test func `polling may upgrade`() {
        let expected = """
            {"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,\
            "pingTimeout":20000,"maxPayload":1000000}
            """
        #expect(json(.polling, EngineIOOptions()) == expected)
        let packet = OpenPacket(sid: self.sid, transport: .polling, options: EngineIOOptions()).packet
        #expect(packet == .open(ByteBuffer(string: expected)))
    }

    @Test func `there is nothing to upgrade to`() {
        #expect(json(.websocket, EngineIOOptions()).contains(#""upgrades":[],"#))
        #expect(json(.polling, EngineIOOptions(allowUpgrades: false)).contains(#""upgrades":[],"#))
        #expect(json(.polling, EngineIOOptions(transports: [.polling])).contains(#""upgrades":[],"#))
    }

    @Test func `times are whole milliseconds`() {
        let options = EngineIOOptions(
            pingInterval: .milliseconds(300),
            pingTimeout: .microseconds(200_999),
            maxHTTPBufferSize: 0
        )
        #expect(json(.websocket, options).hasSuffix(#""pingInterval":300,"pingTimeout":200,"maxPayload":0}"#))
        let odd = EngineIOOptions(pingInterval: .seconds(-1), pingTimeout: .seconds(Int64.max), maxHTTPBufferSize: -5)
        #expect(json(.websocket, odd).hasSuffix(#""pingInterval":0,"pingTimeout":9223372036854775807,"maxPayload":0}"#))
    }

    @Test func `defaults are the reference server's, and Engine.IO 3 is served`() {
        let options = EngineIOOptions()
        #expect(options.pingInterval == .seconds(25))
        #expect(options.pingTimeout == .seconds(20))
        #expect(options.upgradeTimeout == .seconds(10))
        #expect(options.maxHTTPBufferSize == 1_000_000)
        #expect(options.transports == [.polling, .websocket])
        #expect(options.allowUpgrades && options.allowEIO3)
        #expect(options.cors == CORS(origins: .any))
    }

    @Test(arguments: [
        (CORSOrigins.any, String?.none, true), (.any, "https://a.example", true), (.any, "null", true),
        (.only(["https://a.example"]), nil, true), (.only(["https://a.example"]), "https://a.example", true),
        (.only(["https://a.example"]), "https://a.example:8443", false),
        (.only(["https://a.example"]), "http://a.example", false),
        (.only(["https://a.example"]), "https://a.example.evil.example", false),
        (.only(["https://a.example"]), "null", false),
        (.only(["https://a.example"]), "", false), (.only([]), "https://a.example", false),
    ])
    func `origins`(origins: CORSOrigins, origin: String?, isAllowed: Bool) {
        #expect(origins.allows(origin) == isAllowed)
    }
}
