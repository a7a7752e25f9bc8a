// Licensed under the MIT licence.

import Testing

@testable import RedisNIO

@Suite
struct SHA1Tests {
    // FIPS 180-2, appendix A, and the empty message.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func `The digest is that of the standard`(text: String, digest: String) {
        #expect(SHA1.hexadecimal(of: text.utf8) == digest)
        #expect(RedisScript(text).digest == digest)
    }
}
