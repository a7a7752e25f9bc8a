// Licensed under the MIT licence.

import Crypto
import Foundation

/// Signs tokens with a secret (HS256), whatever they say.
struct TokenMaker {
    var secret = "a secret of thirty-two bytes, ok"

    func token(header: String = #"{"alg":"HS256"}"#, _ claims: String) -> String {
        let signed = "\(Self.encode(Data(header.utf8))).\(Self.encode(Data(claims.utf8)))"
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(signed.utf8),
            using: SymmetricKey(data: Data(self.secret.utf8))
        )
        return "\(signed).\(Self.encode(Data(code)))"
    }

    static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
