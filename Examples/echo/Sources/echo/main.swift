// Licensed under the MIT licence.

import SocketIOHummingbird

// Another port: `swift run echo 8080`; 0 takes a free one.
let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000
let service = SocketIOService(address: .hostname("127.0.0.1", port: port))
let io = service.io.of("/")

io.onConnect { socket in
    try? socket.emit("welcome", socket.id)
}

// Any arguments, binary ones too, back as they came.
io.on("echo") { (socket: Socket, event: Event) in
    socket.emit(raw: "echo", arguments: event.rawArguments, attachments: event.attachments)
}

// Decoded arguments; what the handler returns is the acknowledgement.
io.onRequest("add") { (_, left: Double, right: Double) in left + right }

// Until SIGTERM or Ctrl-C.
try await service.runService()
