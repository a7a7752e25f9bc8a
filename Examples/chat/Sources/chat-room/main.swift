// Licensed under the MIT licence.

import Hummingbird
import SocketIOHummingbird

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000
// Where the browser gets the official client from; another place, say your own: `swift run chat 3000 /socket.io.min.js`.
let client = CommandLine.arguments.dropFirst(2).first ?? "https://cdn.socket.io/4.8.1/socket.io.min.js"

let mount = SocketIOMount()
Chat(mount.io.of("/")).register()

let page = Page.html(client: client)
let router = Router()
router.get("/") { _, _ in
    Response(status: .ok, headers: [.contentType: "text/html; charset=utf-8"], body: .init(byteBuffer: page))
}

let app = Application(
    router: router,
    socketIO: mount,
    configuration: .init(address: .hostname("127.0.0.1", port: port))
)
try await app.runService()
