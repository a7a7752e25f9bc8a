// Licensed under the MIT licence.

import Hummingbird
import SocketIOHummingbird

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
let orders = Orders()

// The application as it was: a router with its middleware and routes.
let router = Router()
router.middlewares.add(LogRequestsMiddleware(.info))
router.get("orders/:id") { _, context in
    guard let order = await orders.order(try context.parameters.require("id", as: Int.self)) else {
        throw HTTPError(.notFound)
    }
    return order
}

// New: Socket.IO on the same port. Who knows the token may follow orders.
let mount = SocketIOMount()
let customers = mount.io.of("/orders")
customers.use { socket in
    guard socket.handshake.auth.member("token")?.isString("sesame") == true else {
        throw ConnectionRefusal("not authorized")
    }
}
customers.onRequest("follow") { (socket, id: Int) in
    socket.join(Room("order \(id)"))
    return await orders.order(id)
}

// A route that tells the order's followers.
router.put("orders/:id") { request, context in
    let id = try context.parameters.require("id", as: Int.self)
    let change = try await request.decode(as: StatusChange.self, context: context)
    let order = try await orders.set(id, change.status)
    try customers.to(Room("order \(id)")).emit("order", order)
    return order
}

let app = Application(
    router: router,
    socketIO: mount,
    configuration: .init(address: .hostname("127.0.0.1", port: port))
)
try await app.runService()
