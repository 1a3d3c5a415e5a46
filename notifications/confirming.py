"""A client's yes to the appointment that an SMS told of."""

import re
from datetime import datetime

from notifications.models import Channel, Message
from notifications.models.messages import TOLD
from scheduling import confirming
from scheduling.booking import AppointmentIsOver, AppointmentNotBooked
from scheduling.models import Appointment, Client
from sites.models import User

# Nothing but one of these; «ja, aber …» is for people to read.
YES_WORDS = frozenset(
    (
        *("ja", "jaa", "jap", "jepp", "yes", "ok", "okay", "okey", "passt"),
        *("komme", "ichkomme", "jakomme", "jaichkomme", "jaok", "okja", "okaykomme", "okkomme"),
        *("jadanke", "okdanke", "okaydanke", "jagerne", "bestätigt", "ichbestätige"),
    )
)
YES_SIGNS = frozenset("👍✅👌")
# Between letters or behind a sign these say nothing.
_SILENT = re.compile("[\\s.!,;:)(\\-\U0001f3fb-\U0001f3ff\ufe0f]+")


def is_yes(body: str) -> bool:
    """Whether the SMS is nothing but a yes, however it is written."""
    plain = _SILENT.sub("", body.casefold())
    words = "".join(letter for letter in plain if letter not in YES_SIGNS)
    return bool(plain) and (not words or words in YES_WORDS)


def confirm_by_sms(*, client: Client, now: datetime) -> Appointment | None:
    """Confirms the only appointment that `client` has ahead, if an SMS told of it as it stands now.

    Otherwise nothing: what was meant is never guessed.
    """
    appointment = confirming.only_coming(client, now=now)
    if appointment is None or not _was_told(appointment):
        return None
    by = User.objects.system_actor("sms")
    try:
        return confirming.confirm(appointment=appointment, by=by, now=now)
    except (AppointmentNotBooked, AppointmentIsOver):
        return None  # somebody was faster


def _was_told(appointment: Appointment) -> bool:
    return Message.objects.filter(
        channel=Channel.SMS,
        appointment=appointment,
        recipient_client=appointment.client_id,
        appointment_starts_at=appointment.starts_at,
        state__in=TOLD,
    ).exists()
