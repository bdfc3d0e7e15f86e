"""An issuer of tokens: `api_token.py ISSUER AUDIENCE SCOPE` prints its keys (JWKS) and tokens of every kind, as JSON."""

import base64
import json
import sys
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


issuer, audience, scope = sys.argv[1:]
key, stranger = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
public = key.public_key().public_numbers()
jwks = {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": number(public.n), "e": number(public.e)}]}


def token(signer=key, **changes):
    now = int(time.time())
    claims = {"iss": issuer, "aud": audience, "scope": scope, "sub": "ada", "iat": now - 60, "exp": now + 3600}
    parts = [{"alg": "RS256", "kid": "1", "typ": "JWT"}, claims | changes]
    signed = ".".join(text(json.dumps(part).encode()) for part in parts)
    signature = signer.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{text(signature)}"


tokens = {
    "good": token(),
    "somebody_else": token(sub="charles"),
    "over": token(exp=int(time.time()) - 60),
    "of_another_audience": token(aud="others"),
    "of_another_issuer": token(iss="https://issuer.example.com"),
    "signed_by_a_stranger": token(stranger),
    "without_the_scope": token(scope="customers/read"),
}
print(json.dumps({"jwks": jwks, "tokens": tokens}))
