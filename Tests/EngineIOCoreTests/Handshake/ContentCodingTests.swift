// Licensed under the MIT licence.

import EngineIOCore
import Testing

@Suite struct ContentCodingTests {
    @Test(
        arguments: [
            ("gzip", .gzip), ("deflate", .deflate), ("GZIP", .gzip), ("x-gzip", .gzip), ("*", .gzip),
            ("gzip, deflate, br", .gzip), ("deflate, gzip", .gzip), ("br;q=1.0, gzip;q=0.8, *;q=0.1", .gzip),
            ("gzip;q=0.2, deflate;q=0.3", .deflate), ("gzip;q=0, *", .deflate), ("deflate ; q=0.001", .deflate),
            ("gzip;q=0.5, identity;q=0.5", .gzip), ("identity;q=0.4, gzip;q=0.5", .gzip), ("gzip;Q=1", .gzip),
            (" ,gzip;q=1.000,\t", .gzip), ("gzip;q=1.", .gzip), ("gzip;q=0.9;, deflate;q=0.1", .deflate),
        ] as [(String, ContentCoding)]
    )
    func `what a client likes best`(accepted: String, coding: ContentCoding) {
        #expect(ContentCoding(accepted: accepted) == coding)
    }

    @Test(arguments: [
        "", "br", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "identity;q=1, gzip;q=0.5", "gzipped", "gzip/1",
        // Against the grammar.
        "gzip;q=2", "gzip;q=1.001", "gzip;q=0.0001", "gzip;q=-1", "gzip;q", "gzip;q=", "gzip;x=1", "gzip;q=0.5;q=1",
        ";q=1",
        "gzip;q=1e0", "gzip q=1", "gz\u{e9}p",
    ])
    func `nothing that could be compressed`(accepted: String) {
        #expect(ContentCoding(accepted: accepted) == nil)
    }
}
