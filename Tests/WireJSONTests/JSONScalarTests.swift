// Licensed under the MIT licence.

import Testing
import WireJSON

@Suite("JSON numbers and booleans")
struct JSONScalarTests {
    @Test(
        "integers that fit are read, everything else is nil",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("1234567890", 1_234_567_890),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil),
            ("99999999999999999999999999999999", nil), ("-99999999999999999999999999999999", nil),
            ("1.0", nil), ("1e3", nil), ("1E3", nil), ("0.5", nil), ("-0.0", nil), ("0e0", nil),
            ("\"1\"", nil), ("true", nil), ("null", nil), ("[1]", nil), ("{}", nil),
        ] as [(String, Int?)]
    )
    func integers(text: String, expected: Int?) throws {
        #expect(try json(text).intValue == expected)
    }

    @Test(
        "booleans are read, everything else is nil",
        arguments: [("true", true), ("false", false), ("null", nil), ("1", nil), ("\"true\"", nil), ("[true]", nil)]
            as [(String, Bool?)]
    )
    func booleans(text: String, expected: Bool?) throws {
        #expect(try json(text).boolValue == expected)
    }
}
