"""What a busy desk forgets about a client, each with the next step: hints, never verdicts, never a lock."""

import dataclasses
from datetime import date, datetime

from scheduling.models import Appointment, AppointmentStatus, Client, Insurance
from scheduling.selectors import standing_releases
from sites.models import Clinic

# So many appointments in a row make it worth a word.
MISSED_IN_A_ROW = 2


@dataclasses.dataclass(frozen=True)
class Hint:
    """`what` is so, `step` could be done; `page` is the name of the address where, for the client's key."""

    what: str
    step: str
    page: str


def for_client(client: Client, clinic: Clinic | None, *, now: datetime) -> list[Hint]:
    """At most three hints, in the order in which they are mended; two queries.

    Without `clinic` the release is not looked at: it is a clinic's.
    """
    today = now.astimezone(client.facility.zone).date()
    found = [
        _insurance(client, today),
        _release(client, clinic, now) if clinic else None,
        _missed(client),
    ]
    return [each for each in found if each is not None]


def _insurance(client: Client, today: date) -> Hint | None:
    if client.insurance_proven_on(today):
        return None
    what = {
        Insurance.PROVEN.value: "Die Versicherung ist für dieses Quartal noch nicht nachgewiesen.",
        Insurance.CLEARING.value: "Die Versicherung wird geklärt.",
        Insurance.NONE.value: "Zurzeit besteht keine Versicherung.",
    }.get(client.insurance)
    if what is None:
        return None  # nobody asked: that is no hint, but the usual beginning
    step = {
        Insurance.PROVEN.value: "Karte zeigen lassen und eintragen",
        Insurance.CLEARING.value: "Stand nachfragen und eintragen",
        Insurance.NONE.value: "Klärung anbieten und eintragen",
    }[client.insurance]
    return Hint(what, step, "edit_client")


def _release(client: Client, clinic: Clinic, now: datetime) -> Hint | None:
    if standing_releases(now=now).filter(client=client, clinic=clinic).exists():
        return None
    return Hint(
        "Ohne Schweigepflichtentbindung sieht die Klinik nur das Kürzel.",
        "Entbindung anbieten",
        "give_release",
    )


def _missed(client: Client) -> Hint | None:
    came = [AppointmentStatus.NOSHOW, AppointmentStatus.FULFILLED, AppointmentStatus.ARRIVED]
    last = Appointment.objects.filter(client=client, status__in=came).order_by("-starts_at", "-pk")
    statuses = list(last.values_list("status", flat=True)[:MISSED_IN_A_ROW])
    if statuses != [AppointmentStatus.NOSHOW] * MISSED_IN_A_ROW:
        return None
    return Hint(
        "Die letzten beiden Termine haben nicht geklappt.",
        "Fragen, welche Zeit besser passt, und Begleitung anbieten",
        "edit_client",
    )
