"""SMS through Twilio, or through whatever else speaks its API at TWILIO_API_BASE_URL.

Beside the webhooks' signature check the only module that imports `twilio`.
"""

import dataclasses
import logging
import ssl
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.urls import reverse
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from notifications.transports import Receipt, TransportError

TIMEOUT_SECONDS = 10
OPTED_OUT = 21610
# Credentials can be mended, and a full queue empties: nothing is lost by asking again later.
AGAIN_LATER = frozenset({401, 403, 408, 429})
# A gateway gave up waiting; what stands behind it may have taken the message.
ANSWER_LOST = frozenset({502, 504})
NEWEST = 200

# The client logs whole requests at level INFO, numbers included.
quiet = logging.getLogger(f"{__name__}.client")
quiet.setLevel(logging.WARNING)


@dataclasses.dataclass(frozen=True)
class Known:
    """A message as Twilio knows it."""

    sid: str
    status: str
    error_code: str
    body: str
    created_at: datetime | None

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.sid, self.status, self.error_code)


def send(*, to: str, text: str, message_id: int, useful_seconds: float) -> Receipt:
    """Sends `text` to `to` (E.164). Twilio drops it if it can't be delivered within `useful_seconds`.

    Raises TransportError.
    """
    account = _account()
    sender: dict[str, Any] = (
        {"messaging_service_sid": account.messaging_service_sid}
        if account.messaging_service_sid
        else {"from_": account.sender}
    )
    try:
        sent = _client().messages.create(
            to=to,
            body=text,
            status_callback=f"{settings.BASE_URL}{reverse('twilio_status')}?message={message_id}",
            validity_period=max(1, min(int(useful_seconds), 36_000)),
            **sender,
        )
    except Exception as error:
        raise _judge(error) from error
    known = _known(sent)
    if not known.sid:
        raise TransportError("no_sid", uncertain=True)
    return known.receipt


def sent_to(address: str) -> Iterator[Known]:
    """The newest messages to `address` (E.164) that Twilio knows. Raises TransportError.

    Not narrowed by date on Twilio's side: it filters by when a message was sent, and one that still waits
    in its queue has no such date.
    """
    try:
        for message in _client().messages.stream(to=address, limit=NEWEST, page_size=NEWEST):
            yield _known(message)
    except Exception as error:
        raise _judge(error) from error


def _known(message: MessageInstance) -> Known:
    return Known(
        sid=message.sid or "",
        status=str(message.status or ""),
        error_code=str(message.error_code or ""),
        body=message.body or "",
        created_at=message.date_created,
    )


def _judge(error: Exception) -> TransportError:
    """What an exception of the client means for the message; whatever can't be told is uncertain."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        status, code = error.status, error.code or error.status
        return TransportError(
            str(code),
            permanent=400 <= status < 500 and status not in AGAIN_LATER,
            uncertain=status in ANSWER_LOST,
            opted_out=code == OPTED_OUT,
        )
    name = type(error).__name__
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return TransportError(name)
    return TransportError(name, uncertain=True)


def _never_connected(error: Exception) -> bool:
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    return isinstance(reason, NewConnectionError) or (
        # Somebody else's certificate: the request was kept back.
        isinstance(reason, SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    )


def can_be_answered() -> bool:
    """Whether the sender is a number, or a service (which has numbers): a name as sender has no way back."""
    return bool(_account().messaging_service_sid) or _account().sender.startswith("+")


def _account() -> Any:
    if settings.TWILIO is None:
        raise TransportError("sms_off", permanent=True)
    return settings.TWILIO


def _client() -> Client:
    return _client_of(_account())


@lru_cache(maxsize=4)
def _client_of(account: Any) -> Client:
    """One client per process and account, which keeps its connections open."""
    http_client = _HttpClient(account.api_base_url) if account.api_base_url else _plain_client()
    return Client(
        account.account_sid,
        account.auth_token,
        region=account.region or None,
        edge=account.edge or None,
        http_client=http_client,
        # Settings alone decide: nothing is read from the process's environment behind their back.
        environment={"": ""},
    )


def _plain_client() -> TwilioHttpClient:
    return TwilioHttpClient(timeout=TIMEOUT_SECONDS, logger=quiet, max_retries=0)


class _HttpClient(TwilioHttpClient):
    """Talks to `base_url` in place of Twilio's host."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS, logger=quiet, max_retries=0)
        self._scheme, self._host = urlsplit(base_url)[:2]
        self.session.mount("http://", HTTPAdapter(max_retries=0))

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        _, _, path, query, fragment = urlsplit(url)
        moved = urlunsplit((self._scheme, self._host, path, query, fragment))
        return super().request(method, moved, *args, **kwargs)
