"""Giving and withdrawing consent to SMS."""

from datetime import datetime

from django.db import transaction

from notifications import outbox, planning
from notifications.consent_texts import CURRENT_VERSION, consent_text
from notifications.models import (
    Channel,
    Consent,
    GivenHow,
    Message,
    Purpose,
    Reason,
    WithdrawnHow,
)
from scheduling.models import Client
from sites.models import User


def standing(client: Client) -> Consent | None:
    """The consent to SMS that `client` has given and not withdrawn."""
    return Consent.objects.filter(
        client=client, channel=Channel.SMS, purpose=Purpose.APPOINTMENTS, withdrawn_at=None
    ).first()


def has_standing(client: Client) -> bool:
    return Consent.objects.filter(
        client=client, channel=Channel.SMS, purpose=Purpose.APPOINTMENTS, withdrawn_at=None
    ).exists()


@transaction.atomic
def give(
    *,
    client: Client,
    by: User,
    now: datetime,
    how: str = GivenHow.SPOKEN.value,
    text_version: str = CURRENT_VERSION,
    language: str = "de",
) -> Consent:
    """Records that `client` agreed to the text of `text_version`; a consent that stands is left as it is.

    Reminders of appointments booked before are planned. Raises KeyError for an unknown text.
    """
    text = consent_text(language, text_version)
    _lock(client)
    given = standing(client) or Consent.objects.create(
        client=client,
        channel=Channel.SMS,
        purpose=Purpose.APPOINTMENTS,
        text_version=text.version,
        language=text.language,
        given_at=now,
        given_how=GivenHow(how),
        recorded_by=by,
    )
    planning.plan_missing_reminders(client=client, now=now)
    return given


@transaction.atomic
def withdraw(*, client: Client, by: User, now: datetime, how: str = WithdrawnHow.SPOKEN.value) -> bool:
    """Ends the standing consent and drops every SMS that has not left; whether there was one to end."""
    _lock(client)
    ended = Consent.objects.filter(
        client=client, channel=Channel.SMS, purpose=Purpose.APPOINTMENTS, withdrawn_at=None
    ).update(withdrawn_at=now, withdrawn_by=by, withdrawn_how=WithdrawnHow(how))
    texts = Message.objects.filter(recipient_client=client, channel=Channel.SMS)
    outbox.drop_planned(texts, Reason.NO_CONSENT)
    return bool(ended)


def withdraw_by_sms(*, client: Client, now: datetime) -> bool:
    """As `withdraw`, for a STOP that nobody but the machine has read."""
    return withdraw(client=client, by=User.objects.system_actor("sms"), now=now, how=WithdrawnHow.SMS)


def _lock(client: Client) -> None:
    """Two commands on one client's consent follow each other, and follow a booking under way (which holds
    the same row): its reminder is planned either here or, once it is committed, from its change."""
    Client.objects.select_for_update(no_key=True).only("pk").get(pk=client.pk)
