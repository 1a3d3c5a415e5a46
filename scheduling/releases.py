"""Releasing a facility from secrecy towards a clinic, and taking that back."""

from datetime import date, datetime

from django.db import transaction

from scheduling.languages import Language
from scheduling.models import Client, Release, ReleaseScope
from scheduling.models.releases import GivenBy
from sites.models import Clinic, User
from sites.refusals import Refusal

# Of the text that clients sign.
TEXT_VERSION = "2026-11"
LONGEST_DAYS = 2 * 366


class ReleaseEndsWrong(Refusal):
    code = "release_ends_wrong"
    sentence = "Das Ende muss zwischen heute und in zwei Jahren liegen. Bitte wählen Sie einen anderen Tag."


class ClinicElsewhere(Refusal):
    code = "clinic_elsewhere"
    sentence = "Diese Klinik hält in Ihrer Einrichtung keine Sprechstunden. Bitte wählen Sie eine andere."


@transaction.atomic
def give_release(
    *,
    client: Client,
    clinic: Clinic,
    scope: ReleaseScope,
    ends_date: date,
    by: User,
    now: datetime,
    how: GivenBy = GivenBy.WRITTEN,
    language: str = Language.DE.value,
) -> Release:
    """Records that `client` lets the facility name them to `clinic` until the end of `ends_date`.

    One that stands already is withdrawn: the last word counts. Raises ReleaseEndsWrong, ClinicElsewhere.
    """
    today = now.astimezone(client.facility.zone).date()
    if not 0 <= (ends_date - today).days <= LONGEST_DAYS:
        raise ReleaseEndsWrong
    if not client.facility.sites.filter(clinic=clinic).exists():
        raise ClinicElsewhere
    withdraw_release(client=client, clinic=clinic, by=by, now=now)
    return Release.objects.create(
        client=client,
        clinic=clinic,
        scope=scope.value,
        text_version=TEXT_VERSION,
        language=Language(language).value,
        given_at=now,
        given_how=how.value,
        recorded_by=by,
        ends_date=ends_date,
    )


@transaction.atomic
def withdraw_release(*, client: Client, clinic: Clinic, by: User, now: datetime) -> bool:
    """Ends every release of `client` towards `clinic`; whether there was one to end."""
    Client.objects.select_for_update(no_key=True).only("pk").get(pk=client.pk)
    standing = Release.objects.filter(client=client, clinic=clinic, withdrawn_at=None)
    return bool(standing.update(withdrawn_at=now, withdrawn_by=by))
