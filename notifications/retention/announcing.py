"""Telling a facility that entries will be anonymised. Mailboxes are read by others and are kept for long: the
mail names no client, not even by pseudonym, and leads to the page that does."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from sites.models import FACILITY_ROLES, Facility, Role, User

logger = logging.getLogger(__name__)

SUBJECT = "Einträge laufen ab"


class NotTold(Exception):
    """The mail server took the mail for nobody; to be tried again at the next run."""


def tell(facility: Facility, count: int, *, ahead: timedelta, now: datetime) -> None:
    """Mails those who answer for the facility that `count` entries go after `ahead`; raises NotTold.

    Where there is no lead the social workers are told. Where there is nobody, nobody is: it is no reason to
    keep what must go.
    """
    text = render_to_string(
        "notifications/mail/entries_expire.txt",
        {
            "count": count,
            "day": (now + ahead).astimezone(facility.zone),
            "link": settings.BASE_URL + reverse("clients_expiring"),
        },
    )
    people = _people(facility)
    told = 0
    for person in people:
        try:
            told += send_mail(SUBJECT, text, settings.DEFAULT_FROM_EMAIL, [person.email])
        except (OSError, SMTPException) as error:
            logger.error(
                "person %s could not be told of expiring entries: %s", person.pk, type(error).__name__
            )
    if people and not told:
        raise NotTold


def _people(facility: Facility) -> list[User]:
    for roles in ([Role.FACILITY_LEAD.value], FACILITY_ROLES):
        found = User.objects.filter(
            is_active=True, memberships__facility=facility, memberships__role__in=roles
        )
        if people := list(found.distinct().order_by("pk")):
            return people
    return []
