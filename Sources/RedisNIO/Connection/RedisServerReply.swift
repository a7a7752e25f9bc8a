// Licensed under the MIT licence.

import NIOCore

/// An error that a server answered, taken apart.
struct RedisServerReply: Hashable {
    static let maximumMessageBytes = 256
    static let maximumCodeBytes = 32

    /// The first word, such as `MOVED`.
    let code: String
    /// The rest, cut off.
    let message: String

    /// `nil` if the value is no error.
    init?(_ value: RESPValue) {
        switch value.plain {
        case .simpleError(let bytes), .bulkError(let bytes): self.init(bytes)
        default: return nil
        }
    }

    private init(_ bytes: ByteBuffer) {
        let view = bytes.readableBytesView
        let word = view.prefix(Self.maximumCodeBytes).prefix { $0 != UInt8(ascii: " ") && $0 != 0x0D && $0 != 0x0A }
        self.code = String(decoding: word, as: UTF8.self)
        self.message = String(decoding: view.dropFirst(word.count + 1).prefix(Self.maximumMessageBytes), as: UTF8.self)
    }

    /// What Redis answers before it does anything of a command or a script.
    private static let refusals: Set<String> = [
        "ASK", "BUSY", "CLUSTERDOWN", "CROSSSLOT", "LOADING", "MASTERDOWN", "MISCONF", "MOVED", "NOAUTH", "NOPERM",
        "NOREPLICAS",
        "NOSCRIPT", "OOM", "READONLY", "TRYAGAIN", "UNKILLABLE", "WRONGPASS",
    ]

    /// Refusals that end by themselves, and of subscriptions concern the slot or the node rather than a name.
    private static let passing: Set<String> = [
        "MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN",
    ]

    /// Whether the same may be granted in a moment, here or by another node.
    var endsByItself: Bool { Self.passing.contains(self.code) }

    /// Whether the command may have had an effect.
    ///
    /// A single command that fails has done nothing. A script may fail in its middle, with the very words of the command that
    /// failed in it; then Redis names the script behind them (`script: <digest>, on @user_script:3.`).
    ///
    /// - Parameter isScript: Whether a script was called.
    /// - Returns: Nothing done, or nobody can tell.
    func outcome(ofScript isScript: Bool) -> RedisError.Outcome {
        guard isScript else { return .notDone }
        let isFromWithin = self.message.contains("script: ") || self.message.contains("@user_script")
        return Self.refusals.contains(self.code) && !isFromWithin ? .notDone : .unknown
    }

    func error(ofScript isScript: Bool = false) -> RedisError {
        .server(self.code, self.message, outcome: self.outcome(ofScript: isScript))
    }
}
