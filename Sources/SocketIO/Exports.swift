// Licensed under the MIT licence.

// What handlers meet of the layers below: `import SocketIO` is enough to name a room, read a handshake or pass JSON and bytes
// on. Single types, because the cores are full of names (`PacketError`, `JSONP`) that an application has no use for.
@_exported @_documentation(visibility: internal) import struct EngineIOCore.EngineHandshake
@_exported @_documentation(visibility: internal) import struct EngineIOCore.HeaderBlock
@_exported @_documentation(visibility: internal) import enum EngineIOCore.ProtocolRevision
@_exported @_documentation(visibility: internal) import enum EngineIOCore.TransportName
@_exported @_documentation(visibility: internal) import struct NIOCore.ByteBuffer
@_exported @_documentation(visibility: internal) import struct SocketIOCore.Room
@_exported @_documentation(visibility: internal) import struct SocketIOCore.SocketIOLimits
@_exported @_documentation(visibility: internal) import struct WireJSON.JSONValue
