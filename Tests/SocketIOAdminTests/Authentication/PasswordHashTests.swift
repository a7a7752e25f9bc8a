// Licensed under the MIT licence.

import Testing

@testable import SocketIOAdmin

@Suite struct PasswordHashTests {
    /// Sources: `wrapper.c` of crypt_blowfish 1.3; `unix-scrypt.txt` (Josefsson); `test/index.ts` of socket.io-admin-ui 0.5.1;
    /// the `$2y$` and yescrypt rows by libxcrypt 4.4.33 itself.
    @Test(
        "Known hashes match their passwords and no others",
        arguments: [
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", PasswordHash.Method.bcrypt),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*", .bcrypt),
            ("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U", .bcrypt),
            ("$2b$10$nu1FHRkuxkZkqID.31gz4uQsyERZAn.m4IIruysTsHDODBtrqS5Me", "changeit", .bcrypt),
            ("$2y$04$abcdefghijklmnopqrstuudwGrhhx5JklpO9.j/ckWDCf3exvs1/2", "changeit", .bcrypt),
            ("$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", "pleaseletmein", .scrypt),
            ("$y$j75$saltsalt$LI9Q.tav5N7q6dQK1pH1td9QPLEze/ycBXrfWLc51XD", "changeit", .yescrypt),
        ]
    )
    func known(_ text: String, _ password: String, _ method: PasswordHash.Method) throws {
        let hash = try PasswordHash(text)
        #expect(hash.method == method)
        #expect(hash.matches(password))
        #expect(!hash.matches(password + "x"))
        #expect(!hash.matches(""))
        // C's strings end where these go on.
        #expect(!hash.matches(password + "\0"))
        #expect(!hash.matches(password + "\0x"))
    }

    @Test(
        "What is no hash, or one that cannot be checked, is refused at once",
        arguments: [
            ("", AdminConfigurationError.Code.unsupportedHash),
            ("changeit", .unsupportedHash),
            (
                "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
                .unsupportedHash
            ),
            ("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", .unsupportedHash),
            ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", .unsupportedHash),
            ("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .unsupportedHash),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", .malformedHash),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW", .malformedHash),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe:", .malformedHash),
            // The last character of the salt has bits that no salt has, so no password would match.
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCCCE5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .malformedHash),
            ("$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .malformedHash),
            ("$2b$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .malformedHash),
            ("$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .expensiveHash),
            ("$7$C6..../....SodiumChloride", .malformedHash),
            ("$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn", .malformedHash),
            ("$7$N6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", .expensiveHash),
            ("$7$Czzzzz/....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", .expensiveHash),
            ("$y$j9T$saltsalt", .malformedHash),
            ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOé", .malformedHash),
        ]
    )
    func refused(_ text: String, _ code: AdminConfigurationError.Code) {
        let error = #expect(throws: AdminConfigurationError.self) { try PasswordHash(text) }
        #expect(error?.code == code)
        // It may be shown to anybody who starts the server.
        if text.utf8.count > 20 { #expect(error?.message.contains(text.suffix(20)) == false) }
    }

    @Test("Passwords that bcrypt would look at in part only are refused")
    func longPasswords() throws {
        // The first 72 bytes are those of the password, made by libxcrypt 4.4.33.
        let password = String(repeating: "0123456789", count: 7) + "01"
        let hash = try PasswordHash("$2b$04$abcdefghijklmnopqrstuum2G75IXDN/xsgbNa/hCiPSKyIHQd70S")
        #expect(password.utf8.count == 72)
        #expect(hash.matches(password))
        #expect(!hash.matches(password + "2"))
        let scrypt = try PasswordHash("$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D")
        #expect(!scrypt.matches(String(repeating: "a", count: 513)))
    }
}
