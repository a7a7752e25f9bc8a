// Licensed under the MIT licence.

/// Why a command has no result.
///
/// Neither ``description`` nor ``message`` holds arguments, values or credentials. What the server said may repeat arguments, and
/// is in ``serverMessage`` alone.
public struct RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whether the command may have had an effect.
    public enum Outcome: Sendable, Hashable {
        /// The command did nothing: it was never sent, or the server refused it.
        case notDone
        /// Nobody can tell: it was sent, and no answer came, or the answer was an error in the middle of a script.
        case unknown
    }

    /// What went wrong.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// A short word for it, in lower camel case.
        public let description: String

        /// There is no connection, and the command does not wait for one.
        public static let notConnected = Self(description: "notConnected")
        /// Too many commands wait, in number or in bytes.
        public static let queueFull = Self(description: "queueFull")
        /// The deadline passed.
        public static let timedOut = Self(description: "timedOut")
        /// The connection ended, or was given up, before the answer.
        public static let connectionLost = Self(description: "connectionLost")
        /// No connection could be made.
        public static let connectionFailed = Self(description: "connectionFailed")
        /// The server does not take the credentials, or wants some.
        public static let authenticationFailed = Self(description: "authenticationFailed")
        /// The client has been closed.
        public static let closed = Self(description: "closed")
        /// The keys are in different hash slots of the cluster.
        public static let differentSlots = Self(description: "differentSlots")
        /// The command was sent from node to node too often.
        public static let tooManyRedirections = Self(description: "tooManyRedirections")
        /// Too few replicas had it in time; see ``ReplicaConfirmation``.
        public static let notReplicated = Self(description: "notReplicated")
        /// The server answered with an error; see ``RedisError/serverCode``.
        public static let server = Self(description: "server")
        /// The server sent what is not RESP, or more than the limits allow.
        public static let protocolViolation = Self(description: "protocolViolation")
        /// No sentinel knows the master, or what it named is none.
        public static let noMaster = Self(description: "noMaster")
        /// No node tells how the cluster is divided.
        public static let noTopology = Self(description: "noTopology")
        /// The configuration cannot be used, such as a certificate that is not there.
        public static let invalidConfiguration = Self(description: "invalidConfiguration")
    }

    /// What went wrong.
    public var code: Code
    /// Whether the command may have had an effect.
    public var outcome: Outcome
    /// A sentence about it, without anything that was sent or received.
    public var message: String
    /// The first word of the server's error, such as `WRONGTYPE`; at most 32 bytes.
    public var serverCode: String?
    /// The rest of the server's error, at most 256 bytes; it may repeat arguments, so it is not for logs.
    public var serverMessage: String?

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: What went wrong.
    ///   - outcome: Whether the command may have had an effect.
    ///   - message: A sentence about it, without secrets.
    public init(_ code: Code, outcome: Outcome = .notDone, message: String = "") {
        self.code = code
        self.outcome = outcome
        self.message = message
    }

    /// Makes the error of a server's answer.
    ///
    /// - Parameters:
    ///   - code: The answer's first word.
    ///   - message: The rest.
    ///   - outcome: Whether the command may have had an effect.
    /// - Returns: The error.
    public static func server(_ code: String, _ message: String, outcome: Outcome = .notDone) -> Self {
        var error = Self(.server, outcome: outcome)
        error.serverCode = code
        error.serverMessage = message
        return error
    }

    /// The code, the outcome, the server's code and the message.
    public var description: String {
        var text = "RedisError.\(self.code) (\(self.outcome))"
        if let serverCode { text += " \(serverCode)" }
        if !self.message.isEmpty { text += ": \(self.message)" }
        return text
    }
}
