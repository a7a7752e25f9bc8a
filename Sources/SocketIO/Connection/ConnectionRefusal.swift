// Licensed under the MIT licence.

public import WireJSON

/// Thrown by middleware to keep a client out of a namespace; the client's `connect_error` listener gets it.
///
/// On the wire: `44{"message":"not authorized","data":{…}}`; clients of Engine.IO 3 get the data, or the message when there is
/// none. Any other error that middleware throws is told to the client as `internal error` only.
public struct ConnectionRefusal: Error, Sendable {
    /// What the client's error says.
    public var message: String
    /// Details for the client's program.
    public var data: JSONValue?

    /// Creates a refusal.
    public init(_ message: String, data: JSONValue? = nil) {
        self.message = message
        self.data = data
    }
}
