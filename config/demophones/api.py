"""Twilio's Messages API, as documented: what the `twilio` client calls.

https://www.twilio.com/docs/messaging/api/message-resource; the error codes are those of
https://www.twilio.com/docs/api/errors.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from secrets import compare_digest
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict

from config.demophones import webhooks
from config.demophones.demo import Demo
from config.demophones.segments import count_segments
from config.demophones.store import Sms

API_VERSION = "2010-04-01"
LONGEST_TEXT = 1600
LONGEST_VALIDITY_SECONDS = 36_000
DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 50, 1000

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"\+[1-9]\d{6,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


class ApiError(Exception):
    """A refusal with Twilio's error code."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def refusal(error: ApiError) -> JsonResponse:
    """Twilio's answer to what it refuses."""
    content = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    response = JsonResponse(content, status=error.status)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def _api(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for the account's credentials and turn an ApiError into Twilio's answer."""

    @functools.wraps(view)
    def answer(request: HttpRequest, demo: Demo, **kwargs: str) -> HttpResponse:
        try:
            _authenticate(request, demo)
            return view(request, demo, **kwargs)
        except ApiError as error:
            return refusal(error)

    return answer


@_api
def messages(request: HttpRequest, demo: Demo, account_sid: str) -> HttpResponse:
    """The account's messages: POST sends one, GET lists them."""
    _check_account(demo, account_sid)
    if request.method == "POST":
        sms = _create(request.POST, demo)
        return JsonResponse(_resource(sms, account_sid), status=201)
    if request.method in ("GET", "HEAD"):
        return JsonResponse(_list(request, demo, account_sid))
    raise ApiError(20004, "Method not allowed", 405)


@_api
def message(request: HttpRequest, demo: Demo, account_sid: str, sid: str) -> HttpResponse:
    """One message: GET reads it, POST with an empty Body empties it, DELETE removes Twilio's record."""
    _check_account(demo, account_sid)
    if request.method not in ("GET", "HEAD", "POST", "DELETE"):
        raise ApiError(20004, "Method not allowed", 405)
    sms = _find(demo, account_sid, sid)
    if request.method == "DELETE":
        _check_final(sms)
        demo.store.delete(sid)
        return HttpResponse(status=204)
    if request.method == "POST":
        _redact(request.POST, demo, sms)
    return JsonResponse(_resource(_find(demo, account_sid, sid), account_sid))


@_api
def unknown(request: HttpRequest, demo: Demo, rest: str) -> HttpResponse:
    """Whatever else Twilio's API offers."""
    raise _not_found(f"/{API_VERSION}/{rest}")


def _authenticate(request: HttpRequest, demo: Demo) -> None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    expected = f"{demo.account.account_sid}:{demo.account.auth_token}".encode()
    if scheme.lower() != "basic" or not compare_digest(given, expected):
        raise ApiError(20003, "Authenticate", 401)


def _check_account(demo: Demo, account_sid: str) -> None:
    if account_sid != demo.account.account_sid:
        raise _not_found(f"/{API_VERSION}/Accounts/{account_sid}/Messages.json")


def _not_found(path: str) -> ApiError:
    return ApiError(20404, f"The requested resource {path} was not found", 404)


def _find(demo: Demo, account_sid: str, sid: str) -> Sms:
    sms = demo.store.find(sid)
    if sms is None:
        raise _not_found(f"/{API_VERSION}/Accounts/{account_sid}/Messages/{sid}.json")
    return sms


def _create(form: QueryDict, demo: Demo) -> Sms:
    to = form.get("To", "").strip()
    service_sid = form.get("MessagingServiceSid", "").strip()
    # A messaging service picks the number; the demo has but one.
    sender = form.get("From", "").strip() or (service_sid and demo.account.sender)
    text = form.get("Body", "")
    callback = form.get("StatusCallback", "").strip()
    if not to:
        raise ApiError(21604, "A 'To' phone number is required.")
    if not sender:
        raise ApiError(21603, "A 'From' phone number is required.")
    if not text.strip():
        raise ApiError(21602, "Message body is required.")
    if len(text) > LONGEST_TEXT:
        raise ApiError(21617, "The concatenated message body exceeds the 1600 character limit")
    if not _NUMBER.fullmatch(to):
        raise ApiError(21211, f"Invalid 'To' Phone Number: {to}")
    if not _SENDER.fullmatch(sender):
        raise ApiError(21212, f"Invalid From Number (caller ID): {sender}")
    if to == sender:
        raise ApiError(21266, "To and From number cannot be the same")
    if callback and not webhooks.is_address(callback):
        raise ApiError(21609, "Invalid StatusCallback URL")
    _check_validity(form.get("ValidityPeriod", str(LONGEST_VALIDITY_SECONDS)))
    if to in demo.store.opted_out():
        raise ApiError(21610, "Attempt to send to unsubscribed recipient")
    sms = demo.store.add_outbound(
        to=to,
        sender=sender,
        service_sid=service_sid,
        text=text,
        status_callback=callback,
        now=datetime.now(UTC),
    )
    demo.deliveries.hand_over(sms.sid)
    return sms


def _check_validity(value: str) -> None:
    if not value.isdecimal() or not 1 <= int(value) <= LONGEST_VALIDITY_SECONDS:
        raise ApiError(90007, "Invalid validity period value")


def _redact(form: QueryDict, demo: Demo, sms: Sms) -> None:
    if "Status" in form:
        raise ApiError(30409, "This message cannot be canceled")
    if form.get("Body") != "":
        raise ApiError(20001, "Body can only be set to an empty string")
    _check_final(sms)
    demo.store.redact(sms.sid, now=datetime.now(UTC))


def _check_final(sms: Sms) -> None:
    if not sms.final:
        raise ApiError(20009, "Cannot delete message because delivery has not been completed.", 409)


def _list(request: HttpRequest, demo: Demo, account_sid: str) -> dict[str, Any]:
    query = request.GET
    size = _page_size(query.get("PageSize", ""))
    number = int(query["Page"]) if query.get("Page", "").isdecimal() else 0
    sent_from, sent_until = _window(query)
    found = demo.store.page(
        to=query.get("To", ""),
        sender=query.get("From", ""),
        sent_from=sent_from,
        sent_until=sent_until,
        after_sid=query.get("PageToken", "").removeprefix("PA"),
        limit=size + 1,  # one more than shown tells whether there is a next page
    )
    shown = found[:size]
    path = f"/{API_VERSION}/Accounts/{account_sid}/Messages.json"
    filters = {name: value for name, value in query.items() if name not in ("Page", "PageSize", "PageToken")}

    def uri(**page: Any) -> str:
        return f"{path}?{urlencode({**filters, 'PageSize': size, **page})}"

    following = uri(Page=number + 1, PageToken=f"PA{shown[-1].sid}") if len(found) > size else None
    return {
        "messages": [_resource(sms, account_sid) for sms in shown],
        "first_page_uri": uri(Page=0),
        "next_page_uri": following,
        "previous_page_uri": None,
        "uri": uri(**{name: query[name] for name in ("Page", "PageToken") if name in query}),
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(shown) - 1, 0),
    }


def _page_size(value: str) -> int:
    return min(max(int(value), 1), LARGEST_PAGE_SIZE) if value.isdecimal() else DEFAULT_PAGE_SIZE


def _window(query: QueryDict) -> tuple[datetime | None, datetime | None]:
    """From and until, both included: of DateSent> and DateSent<, or the day (UTC) that DateSent names."""
    day = _instant(query.get("DateSent", ""))
    if day is not None:
        start = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return start, start + timedelta(days=1, seconds=-1)
    return _instant(query.get("DateSent>", "")), _instant(query.get("DateSent<", ""))


def _instant(value: str) -> datetime | None:
    if not value:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise ApiError(20001, f"Invalid date: {value}") from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _resource(sms: Sms, account_sid: str) -> dict[str, Any]:
    """The message resource with all its properties."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{sms.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": sms.record,
        "date_created": format_datetime(sms.created_at),
        "date_sent": sms.sent_at and format_datetime(sms.sent_at),
        "date_updated": format_datetime(sms.updated_at),
        "direction": "inbound" if sms.inbound else "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sms.phone if sms.inbound else sms.other,
        "messaging_service_sid": sms.messaging_service_sid or None,
        "num_media": "0",
        "num_segments": str(count_segments(sms.text)),
        "price": None,
        "price_unit": "USD",
        "sid": sms.sid,
        "status": sms.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "tags": None,
        "to": sms.other if sms.inbound else sms.phone,
        "uri": f"{uri}.json",
    }
