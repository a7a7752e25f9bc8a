// Licensed under the MIT licence.

/// What an ``EngineClient`` tells its owner.
///
/// Every call comes on the client's event loop.
package protocol EngineClientDelegate: AnyObject {
    /// The handshake is done; messages may be sent from now on.
    ///
    /// In Engine.IO 3 the server's `40` follows by itself.
    func opened(_ client: EngineClient)
    /// The session moved from polling to WebSocket.
    func upgraded(_ client: EngineClient)
    /// A text message without its Engine.IO type byte.
    ///
    /// The bytes are valid only during the call.
    func textReceived(_ client: EngineClient, _ text: UnsafeRawBufferPointer)
    /// A binary message without its type byte.
    ///
    /// The bytes are valid only during the call.
    func binaryReceived(_ client: EngineClient, _ bytes: UnsafeRawBufferPointer)
    /// The session is over; the last call, made exactly once.
    ///
    /// A client that never opened is closed as well.
    func closed(_ client: EngineClient, _ reason: EngineClientCloseReason)
}

extension EngineClientDelegate {
    package func upgraded(_ client: EngineClient) {}
    package func binaryReceived(_ client: EngineClient, _ bytes: UnsafeRawBufferPointer) {}
}
