// Licensed under the MIT licence.

import Chat
// All of these tests use its fixtures.
@_exported import ChatTesting
import NIOCore
import WireJSON

/// A JSON value from its text.
func json(_ text: String) throws -> JSONValue {
    try JSONValue(validating: ByteBuffer(string: text))
}

/// The text of a payload, which must be JSON.
func text(_ payload: ByteBuffer) throws -> String {
    String(buffer: try JSONValue(validating: payload).bytes)
}

/// The error that `body` throws, if any.
func failure<Value>(_ body: () throws(ChatError) -> Value) -> ChatErrorCode? {
    do {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}
