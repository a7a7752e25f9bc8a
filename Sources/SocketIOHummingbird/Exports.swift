// Licensed under the MIT licence.

// `import SocketIOHummingbird` is the one import that a program with a Socket.IO server needs: the whole of SocketIO comes
// with it, since nothing here is of use without, and of the layers below the types that this target's own declarations
// mention. Single types, because the cores are full of names (`PacketError`, `JSONP`) that an application has no use for.
@_exported @_documentation(visibility: internal) import SocketIO

@_exported @_documentation(visibility: internal) import struct EngineIO.EngineForwarding
@_exported @_documentation(visibility: internal) import enum EngineIO.SendPath
@_exported @_documentation(visibility: internal) import struct EngineIOCore.CORS
@_exported @_documentation(visibility: internal) import enum EngineIOCore.CORSOrigins
@_exported @_documentation(visibility: internal) import struct EngineIOCore.EngineIOLimits
@_exported @_documentation(visibility: internal) import struct EngineIOCore.EngineIOOptions
@_exported @_documentation(visibility: internal) import struct HummingbirdCore.BindAddress
