"""What a busy desk forgets about a client, each with the next step: hints, never verdicts, never a lock."""

import dataclasses
from datetime import date, datetime

from scheduling.models import AppointmentStatus, Client, Insurance
from scheduling.plain_sql import fetch
from scheduling.selectors import RELEASE_STANDS
from sites.models import Clinic

# So many appointments in a row make it worth a word.
MISSED_IN_A_ROW = 2

# Whether a release for that clinic stands, and what became of the last appointments that came.
BEHIND = f"""
SELECT EXISTS (
    SELECT FROM scheduling_release release JOIN pia_sites_facility facility ON facility.id = %(facility)s
    WHERE release.client_id = %(client)s AND release.clinic_id = %(clinic)s AND {RELEASE_STANDS}
), ARRAY (
    SELECT status FROM scheduling_appointment
    WHERE client_id = %(client)s AND status IN ('noshow', 'fulfilled', 'arrived')
    ORDER BY starts_at DESC, id DESC LIMIT %(limit)s
)
"""  # noqa: S608 -- constants only


@dataclasses.dataclass(frozen=True)
class Hint:
    """`what` is so, `step` could be done; `page` is the name of the address where, for the client's key."""

    what: str
    step: str
    page: str


WITHOUT_RELEASE = Hint(
    "Ohne Schweigepflichtentbindung sieht die Klinik nur das Kürzel.",
    "Entbindung anbieten",
    "give_release",
)
MISSED = Hint(
    "Die letzten beiden Termine haben nicht geklappt.",
    "Fragen, welche Zeit besser passt, und Begleitung anbieten",
    "edit_client",
)


def for_client(client: Client, clinic: Clinic | None, *, now: datetime) -> list[Hint]:
    """At most three hints, in the order in which they are mended; one query.

    Without `clinic` the release is not looked at: it is a clinic's.
    """
    today = now.astimezone(client.facility.zone).date()
    values = {
        "client": client.pk,
        "facility": client.facility_id,
        "clinic": clinic.pk if clinic else 0,
        "now": now,
        "limit": MISSED_IN_A_ROW,
    }
    [(is_released, last)] = fetch(BEHIND, values)
    found = [
        _insurance(client, today),
        WITHOUT_RELEASE if clinic and not is_released else None,
        MISSED if last == [AppointmentStatus.NOSHOW] * MISSED_IN_A_ROW else None,
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
