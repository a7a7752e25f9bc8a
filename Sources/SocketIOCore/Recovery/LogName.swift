// Licensed under the MIT licence.

/// What a log is called among those that share their sessions: six characters of base64url, 36 random bits.
///
/// The private ids that it gives out begin with it, so that whoever is asked for a session knows where to look.
package struct LogName: Sendable, Hashable {
    /// How many characters a name has.
    package static let length = 6

    /// The characters.
    package let string: String

    /// Makes a name out of random bits, of which 36 are used.
    package init(random: UInt64) {
        var random = random
        self.string = String(
            decoding: (0..<Self.length).map { _ in
                defer { random >>= 6 }
                return PrivateSessionID.alphabet[Int(random & 0x3f)]
            },
            as: UTF8.self
        )
    }

    /// Reads a name; `nil` for what is none.
    package init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(PrivateSessionID.alphabet.contains) else {
            return nil
        }
        self.string = text
    }

    fileprivate init(beginningOf pid: PrivateSessionID) {
        self.string = String(pid.encoded.prefix(Self.length))
    }
}

extension PrivateSessionID {
    /// The log that gave the id out, if that has a name.
    package var home: LogName { LogName(beginningOf: self) }

    /// The id as a log of this name gives it out: 84 of its bits are still random.
    package func given(by name: LogName) -> PrivateSessionID {
        PrivateSessionID(unchecked: name.string + self.encoded.dropFirst(LogName.length))
    }
}
