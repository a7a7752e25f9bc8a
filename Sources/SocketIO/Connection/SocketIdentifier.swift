// Licensed under the MIT licence.

import SocketIOCore

/// Makes socket ids, public and private: 20 characters of base64url, 120 random bits.
enum SocketIdentifier {
    /// A private id, with which a client asks for its state.
    static func randomPrivate() -> PrivateSessionID {
        var generator = SystemRandomNumberGenerator()
        return PrivateSessionID(random: (generator.next(), generator.next()))
    }

    /// A public id, of the same form.
    static func random() -> String { self.randomPrivate().encoded }
}
