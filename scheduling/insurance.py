"""A site that asks for proven insurance, and why an appointment is booked there all the same.

No client is turned away by a machine: whoever books says by one word of a short list why it may be.
"""

from datetime import datetime

from django.db import models

from scheduling.models import Client, Slot
from scheduling.models.clients import quarter_of
from sites.models import InsurancePolicy, Site
from sites.refusals import Refusal


class DespiteInsurance(models.TextChoices):
    """Why somebody without proven insurance is booked at a site that asks for it. Kept in the change."""

    CLEARING = "clearing", "Die Versicherung wird gerade geklärt"
    CARD_FOLLOWS = "card_follows", "Die Karte wird zum Termin mitgebracht"
    AGREED = "agreed", "Mit der Klinik abgesprochen"
    URGENT = "urgent", "Dringend, die Klärung folgt"


class InsuranceAsked(Refusal):
    code = "insurance_asked"
    sentence = (
        "Dieser Standort verlangt eine nachgewiesene Versicherung. Bitte tragen Sie den Nachweis ein, "
        "oder geben Sie an, warum trotzdem gebucht wird."
    )


def is_required(site: Site) -> bool:
    return site.insurance_policy == InsurancePolicy.REQUIRED


def is_missing(client: Client | None, slot: Slot, *, now: datetime) -> bool:
    """Whether nothing proves an insurance: neither for the running quarter nor for that of the appointment.

    A card is read in the quarter of the treatment, so the running one's is all that there can be before.
    """
    if client is None:
        return True
    zone = slot.site.zone
    days = (now.astimezone(zone).date(), slot.starts_at.astimezone(zone).date())
    return not any(client.insurance_proven_on(day) for day in days)


def is_missing_at(site: Site, client: Client, starts_at: datetime, *, now: datetime) -> bool:
    """Whether `site` asks for an insurance, and `client` has none that is proven for then."""
    return is_required(site) and is_missing(client, Slot(site=site, starts_at=starts_at), now=now)


def check(client: Client, slot: Slot, *, despite: DespiteInsurance | None, now: datetime) -> dict[str, str]:
    """What the change keeps of it. Raises InsuranceAsked where the site asks and no reason is given."""
    if not is_required(slot.site) or not is_missing(client, slot, now=now):
        return {}
    if despite is None:
        raise InsuranceAsked
    return {"despite_insurance": despite.value}


def quarter_in_words(quarter: str) -> str:
    """ "Q3 2026" for "2026-Q3" """
    return f"{quarter[5:]} {quarter[:4]}"


def current_quarter(site: Site, *, now: datetime) -> str:
    return quarter_of(now.astimezone(site.zone).date())
