// Licensed under the MIT licence.

/// The name of a chat room: 1 to 128 bytes without control characters, otherwise anything.
///
/// `status:x`, `a#b`, `{slot}` and `../` are rooms like any other: what the server keeps for itself lives in another realm
/// and cannot be named by a client, so no spelling needs to be forbidden.
package struct RoomID: Identifier {
    package let text: ExactText
    package let hash: UInt32

    package init(unchecked text: ExactText) {
        self.text = text
        self.hash = text.hash32
    }
}
