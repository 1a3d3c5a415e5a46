"""Mails, most of them with a calendar entry, through Django's mail backend."""

import dataclasses
import smtplib
from contextlib import suppress
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from notifications.transports import Receipt, TransportError


@dataclasses.dataclass(frozen=True)
class Mail:
    """`sender` may carry a name, `to` is a bare address; `calendar` is a whole VCALENDAR with
    `method`, or there is none."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    method: str = ""
    calendar: bytes = b""


def send(mail: Mail) -> Receipt:
    """Hands `mail` to the mail server. Raises TransportError; a connection that breaks after the envelope
    was begun leaves it uncertain whether the server took it."""
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError(_code(error)) from error
    try:
        if not connection.send_messages([build(mail)]):
            raise TransportError("not_sent", permanent=True)
    except smtplib.SMTPRecipientsRefused as error:
        reply = next(iter(error.recipients.values()))[0]
        raise TransportError(f"smtp_{reply}", permanent=reply >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise TransportError(_code(error), permanent=error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError(_code(error), uncertain=True) from error
    finally:
        _close(connection)
    return Receipt()


def _close(connection: BaseEmailBackend) -> None:
    # The server has answered for the mail by now; how it says goodbye changes nothing.
    with suppress(OSError, smtplib.SMTPException):
        connection.close()


def _code(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp_{error.smtp_code}"
    return type(error).__name__


class _CalendarMail(EmailMultiAlternatives):
    def __init__(self, *, method: str, **fields: Any) -> None:
        super().__init__(**fields)
        self.method = method

    def message(self, **how: Any) -> Any:
        """As Django builds it, with the calendar part's parameters unquoted: some programs take them as
        they stand."""
        message = super().message(**how)
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                part.replace_header("Content-Type", f"text/calendar; method={self.method}; charset=utf-8")
        return message


def build(mail: Mail) -> EmailMultiAlternatives:
    """multipart/mixed { alternative { plain, html, text/calendar }, application/ics }.

    Without a calendar only the first two. The calendar part makes the mail an invitation; the attachment is
    for programs that only know files.
    """
    message = _CalendarMail(
        method=mail.method,
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=[mail.to],
        headers={
            "Message-ID": mail.message_id,
            # No out-of-office answers (RFC 3834, 5).
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(mail.html, "text/html")
    if mail.calendar:
        message.attach_alternative(mail.calendar.decode(), "text/calendar")
        message.attach("termin.ics", mail.calendar, "application/ics")
    return message
