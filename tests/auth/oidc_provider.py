"""A small OpenID Connect provider on loopback: everybody is whom the test says, with signed tokens."""

import json
import threading
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, SECRET = "pia", "geheim-0123456789"


class Provider(ThreadingHTTPServer):
    """`claims` is what it says about the person; `spoiled` overrides fields of the ID token."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims: dict[str, Any] = {}
        self.spoiled: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "Provider":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def answer(self, path: str, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        if path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
            return {"keys": [{**key, "kid": "1", "alg": "RS256"}]}
        if path == "/token":
            self.asked.append(form)
            expected = "Basic " + b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
            return self._token() if authorization == expected else None
        return self.claims if path == "/userinfo" else None

    def _token(self) -> dict[str, Any]:
        now = int(time.time())
        content = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            **self.claims,
            **self.spoiled,
        }
        token = jwt.encode(content, self._key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token}


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self._reply({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._reply({name: values[0] for name, values in parse_qs(body).items()})

    def _reply(self, form: dict[str, str]) -> None:
        path = urlsplit(self.path).path
        content = self.server.answer(path, form, self.headers.get("Authorization", ""))
        data = json.dumps(content or {"error": "refused"}).encode()
        self.send_response(200 if content is not None else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest shows enough."""
