"""A small real OpenID provider on this machine, for the tests that sign in through one."""

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

from governed import NOW
from joserfc import jwt
from joserfc.jwk import RSAKey

SECRET = "a secret of the client, of some length"  # noqa: S105 - of this test alone
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


class Provider:
    """A small OpenID provider: discovery, keys, and a token endpoint that checks PKCE."""

    def __init__(self, redirect="http://127.0.0.1/back", now=NOW):
        self.redirect, self.now = redirect, now
        self.keys, self.changes, self.codes, self.asked = [KEY], {}, {}, []
        self.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
        self.about, self.broken = {}, {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                if self.path.startswith("/authorize?"):
                    self.lead_back(*provider.visit(self.path))
                    return
                self.answer(provider.get(self.path))

            def lead_back(self, state, code):
                said = urlencode({"state": state, "code": code})
                self.send_response(302)
                self.send_header("Location", f"{provider.redirect}?{said}")
                self.end_headers()

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
                self.answer(provider.token(form, self.headers.get("Authorization")))

            def answer(self, said):
                status, body = said
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.005,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def get(self, path):
        if path in self.broken:
            return self.broken[path]
        if path == "/.well-known/openid-configuration":
            about = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
            return 200, json.dumps(about | self.about)
        if path == "/keys":
            return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]})
        return 404, "{}"

    def visit(self, url):
        """What the browser brings back after the person signed in at `url`."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == self.redirect
        code = "the-code" if not self.codes else f"the-code-{len(self.codes) + 1}"
        self.codes[code] = asked
        return asked["state"], code

    def token(self, form, authorization):
        wanted = base64.b64encode(f"goodcall:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code"), None)
        if asked is None or authorization != f"Basic {wanted}":
            return 401, '{"error": "invalid_client"}'
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, '{"error": "invalid_grant"}'
        at = int(self.now.timestamp())
        claims = {
            "iss": self.url, "sub": "77", "aud": "goodcall", "iat": at, "exp": at + 300,
            "nonce": asked["nonce"], "groups": ["staff", "goodcall-tellers"],
            "employee_number": "44", "branches": [1, 2],
        }  # fmt: skip
        claims = {k: v for k, v in (claims | self.changes).items() if v is not None}
        return 200, json.dumps({"access_token": "x", "id_token": self.sign(claims)})


def settings_text(provider):
    """The part of an access file that names the provider, and who is what."""
    return f"""
[sign_on]
issuer = "{provider.url}"
client_id = "goodcall"
redirect = "{provider.redirect}"
role_claim = "groups"
staff_claim = "employee_number"
branches_claim = "branches"
[sign_on.roles]
goodcall-tellers = "teller"
goodcall-compliance = "compliance"
"""
