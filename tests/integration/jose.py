# The peer jwcrypto for jose.test.mjs: a JSON object on standard input, the answer on standard output.
#   {"do": "sign", "key": PEM, "header": {...}, "payload": TEXT}   a compact JWS
#   {"do": "verify", "key": PEM, "token": TEXT}                    the payload; fails when the signature does not fit
#   {"do": "thumbprint", "key": PEM}                               RFC 7638, SHA-256
import json
import sys

from jwcrypto import jwk, jws

asked = json.load(sys.stdin)
key = jwk.JWK.from_pem(asked["key"].encode())
if asked["do"] == "sign":
    token = jws.JWS(asked["payload"].encode())
    token.add_signature(key, None, json.dumps(asked["header"]), None)
    print(token.serialize(compact=True), end="")
elif asked["do"] == "verify":
    token = jws.JWS()
    token.allowed_algs = ["ES256"]
    token.deserialize(asked["token"], key)
    sys.stdout.buffer.write(token.payload)
else:
    print(key.thumbprint(), end="")
