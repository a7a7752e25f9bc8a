#!/usr/bin/env python3
# Licensed under the MIT licence.
"""Makes Tests/Vectors/tokens.json: keys, and tokens signed with them by Python's cryptography, which shares no code with ours.

usage: dev/make-token-vectors.py > Tests/Vectors/tokens.json

The keys are made anew each time; they guard nothing.
"""

import base64
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

CLAIMS = {"sub": "u1", "name": "Ann", "iss": "https://id.example", "aud": ["chat", "mail"], "exp": 2000000000}
SECRET = b"a secret of thirty-two bytes, ok"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def token(header, claims, sign):
    signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return signed + "." + encode(sign(signed.encode()))


def mac(secret, digest):
    return lambda data: hmac.new(secret, data, digest).digest()


def ecdsa(key):
    def sign(data):
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def pem(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def main():
    big, small = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 1024)
    curve, other_curve = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    signers = {
        "HS256": mac(SECRET, hashlib.sha256),
        "HS384": mac(SECRET, hashlib.sha384),
        "HS512": mac(SECRET, hashlib.sha512),
        "RS256": lambda data: big.sign(data, padding.PKCS1v15(), hashes.SHA256()),
        "PS256": lambda data: big.sign(data, pss, hashes.SHA256()),
        "ES256": ecdsa(curve),
        "EdDSA": edwards.sign,
    }
    modulus, point = big.public_key().public_numbers(), curve.public_key().public_numbers()
    raw = edwards.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    # Which key it is does not matter.
    private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    tokens = {name: token({"alg": name, "typ": "JWT"}, CLAIMS, sign) for name, sign in signers.items()}
    named = {
        name: token({"alg": name, "kid": kid}, CLAIMS, signers[name])
        for name, kid in {"HS256": "h", "RS256": "r", "ES256": "e", "EdDSA": "o"}.items()
    }
    json.dump(
        {
            "secret": SECRET.decode(),
            "pem": {"RSA": pem(big), "EC": pem(curve), "Ed25519": pem(edwards)},
            "badPEM": {"RSA-1024": pem(small), "P-384": pem(other_curve), "private": private, "text": "no PEM"},
            "keys": [
                {"kty": "oct", "kid": "h", "k": encode(SECRET)},
                {"kty": "RSA", "kid": "r", "use": "sig", "n": number(modulus.n), "e": number(modulus.e)},
                {"kty": "EC", "kid": "e", "crv": "P-256", "x": encode(point.x.to_bytes(32, "big")), "y": encode(point.y.to_bytes(32, "big"))},
                {"kty": "OKP", "kid": "o", "crv": "Ed25519", "x": encode(raw)},
            ],
            "tokens": tokens,
            "named": named,
            # The public key's text as the secret of a MAC: what a checker believes that goes by the token's word.
            "confused": {
                name: token({"alg": "HS256"}, CLAIMS, mac(pem(key).encode(), hashlib.sha256))
                for name, key in {"RSA": big, "EC": curve, "Ed25519": edwards}.items()
            },
        },
        sys.stdout,
        indent=1,
    )
    print()


main()
