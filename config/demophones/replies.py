"""What a person types into a demo phone, on its way to the application."""

from collections.abc import Mapping
from datetime import UTC, datetime

from config.demophones import webhooks
from config.demophones.demo import Demo
from config.demophones.segments import count_segments
from config.demophones.store import Sms

INBOUND_PATH = "/twilio/inbound"

# Twilio's own words, matched against the whole text in any case; it acts on them before the application hears
# of them.
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


def send_reply(demo: Demo, *, received: Sms, text: str) -> Sms:
    """Send `text` from the phone that got `received` to where that came from, and keep what was answered."""
    word = text.strip().upper()
    if word in STOP_WORDS | START_WORDS:
        demo.store.set_opted_out(received.phone, word in STOP_WORDS)
    sms = demo.store.add_inbound(
        phone=received.phone,
        to=received.other,
        service_sid=received.messaging_service_sid,
        text=text,
        now=datetime.now(UTC),
    )
    fields = inbound_fields(sms, account_sid=demo.account.account_sid)
    try:
        answer = webhooks.post(demo.base_url + INBOUND_PATH, fields, auth_token=demo.account.auth_token)
    except webhooks.Unreachable as error:
        demo.store.set_answer(sms.sid, status=None, answer=str(error))
    else:
        demo.store.set_answer(sms.sid, status=answer.status, answer=answer.text)
    return sms


def inbound_fields(sms: Sms, *, account_sid: str) -> Mapping[str, str]:
    """The form that Twilio posts for an SMS to one's number."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "Body": sms.text,
        "From": sms.phone,
        "MessageSid": sms.sid,
        "NumMedia": "0",
        "NumSegments": str(count_segments(sms.text)),
        "SmsMessageSid": sms.sid,
        "SmsSid": sms.sid,
        "SmsStatus": "received",
        "To": sms.other,
    }
    if sms.messaging_service_sid:
        fields["MessagingServiceSid"] = sms.messaging_service_sid
    return fields
