"""How Twilio calls the application: a signed form, posted to the address that the application named."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 5
KEPT_CHARACTERS = 500


class Unreachable(Exception):
    """Nobody answered in time, or not in HTTP; the text says why."""


@dataclass(frozen=True)
class Answer:
    """What the application answered; `text` is its beginning."""

    status: int
    text: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def is_address(url: str) -> bool:
    """Whether `url` is one that can be called."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def sign(auth_token: str, url: str, fields: Mapping[str, str]) -> str:
    """The value of X-Twilio-Signature: HMAC-SHA1 over the exact URL and the fields sorted by name."""
    signed = url + "".join(f"{name}{value}" for name, value in sorted(fields.items()))
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1")).decode()


def post(url: str, fields: Mapping[str, str], *, auth_token: str) -> Answer:
    """Post the fields as Twilio does. Follows no redirect and uses no proxy. Raises Unreachable."""
    parts = urlsplit(url)
    connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connection_class(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": sign(auth_token, url, fields),
    }
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", target, urlencode(fields), headers)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(errors="replace")[:KEPT_CHARACTERS])
    except (OSError, HTTPException) as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    finally:
        connection.close()
