// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing
import WireJSON

@testable import ChatServer

/// Which clients get offsets with their events.
@Suite struct RecoverableClientsTests {
    private static let chromium = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"

    private func isIncluded(
        _ clients: RecoverableClients,
        agent: String? = nil,
        query: String = "",
        auth: String = "{}"
    ) throws -> Bool {
        let connection = EngineHandshake(
            revision: .v4,
            transport: .websocket,
            target: "/socket.io/?EIO=4&transport=websocket\(query)",
            headers: HeaderBlock(agent.map { [(name: "User-Agent", value: $0)] } ?? []),
            address: "127.0.0.1"
        )
        return clients.include(connection, try JSONValue(validating: ByteBuffer(string: auth)))
    }

    @Test(
        "The official client is known by its agent",
        arguments: [
            (chromium, true), ("node-XMLHttpRequest", true), (nil, false), ("", false), ("python-requests/2.32", false),
            ("Python/3.11 aiohttp/3.9", false), ("Dart/3.5 (dart:io)", false), ("okhttp/4.12", false),
            ("evil Mozilla/5.0", false),
        ] as [(String?, Bool)]
    )
    func agents(_ agent: String?, _ isAble: Bool) throws {
        #expect(try self.isIncluded(.auto, agent: agent) == isAble)
        #expect(try self.isIncluded(.on, agent: agent))
        #expect(try !self.isIncluded(.off, agent: agent))
    }

    @Test(
        "What a client asks for counts more, unless nobody takes part",
        arguments: [
            ("", #"{"recovery":true}"#, true), ("", #"{"recovery":"1"}"#, true), ("", #"{"recovery":1}"#, true),
            ("&recovery=1", "{}", true), ("&recovery=true", "{}", true),
            ("", #"{"recovery":false}"#, false), ("", #"{"recovery":"0"}"#, false), ("", #"{"recovery":0}"#, false),
            ("&recovery=0", "{}", false), ("&recovery=false", "{}", false),
            ("&recovery=1", #"{"recovery":false}"#, false),
        ]
    )
    func wishes(_ query: String, _ auth: String, _ wish: Bool) throws {
        for agent in [nil, Self.chromium] {
            #expect(try self.isIncluded(.auto, agent: agent, query: query, auth: auth) == wish)
            #expect(try self.isIncluded(.on, agent: agent, query: query, auth: auth) == wish)
            #expect(try !self.isIncluded(.off, agent: agent, query: query, auth: auth))
        }
    }

    @Test(
        "What makes no sense is no wish",
        arguments: [
            ("", #"{"recovery":null}"#), ("", #"{"recovery":"yes"}"#), ("", #"{"recovery":{}}"#), ("&recovery=", "{}"),
            ("&recovery=2", "{}"),
        ]
    )
    func nonsense(_ query: String, _ auth: String) throws {
        #expect(try self.isIncluded(.auto, agent: Self.chromium, query: query, auth: auth))
        #expect(try !self.isIncluded(.auto, query: query, auth: auth))
    }
}
