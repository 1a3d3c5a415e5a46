"""Ways to make a client's file contradict itself, as `tests.scheduling.attempts` has them."""

import datetime

from scheduling import releases
from scheduling.models import Companion, FormerCode, ReleaseScope
from tests.builders import NOW
from tests.scheduling.attempts import CLIENT, DAY, Attempt, World
from tests.scheduling.sql import copy_row, update_row

RELEASE = "scheduling_release"
FORMER_CODE = "scheduling_formercode"
COMPANION = "scheduling_companion"


def of_client(**values: object) -> Attempt:
    return lambda world: update_row(CLIENT, world.booked.client_id, **values)


def of_release(**values: object) -> Attempt:
    def attempt(world: World) -> None:
        release = releases.give_release(
            client=world.booked.client,
            clinic=world.hour.site.clinic,
            scope=ReleaseScope.NAME,
            ends_date=NOW.date() + datetime.timedelta(days=90),
            by=world.booked.booked_by,
            now=NOW,
        )
        by = {"withdrawn_by_id": world.booked.booked_by_id} if "withdrawn_at" in values else {}
        update_row(RELEASE, release.pk, **{**by, **values})

    return attempt


def former_code_twice(world: World) -> None:
    client = world.booked.client
    former = FormerCode.objects.create(
        facility=client.facility, code="ACE-346", client=client, merged_at=NOW, merged_by=client.created_by
    )
    copy_row(FORMER_CODE, former.pk, client_id=world.other_client)


def companion_twice(world: World) -> None:
    by = world.booked.booked_by
    companion = Companion.objects.create(appointment=world.booked, user=by, added_at=NOW, added_by=by)
    copy_row(COMPANION, companion.pk)


FILE_ATTEMPTS: list[tuple[str, str, Attempt]] = [
    ("client_phone_verified_at_has_by", "verified by nobody", of_client(phone_verified_at=NOW)),
    (
        "client_phone_suspended_at_has_by_and_reason",
        "suspended by nobody",
        of_client(phone_suspended_at=NOW, phone_suspended_reason="lost"),
    ),
    (
        "client_phone_suspended_at_has_by_and_reason",
        "suspended without reason",
        lambda w: update_row(
            CLIENT, w.booked.client_id, phone_suspended_at=NOW, phone_suspended_by_id=w.booked.booked_by_id
        ),
    ),
    (
        "client_phone_suspended_at_has_by_and_reason",
        "a reason alone",
        of_client(phone_suspended_reason="lost"),
    ),
    ("client_insurance_proven_for_a_quarter", "for no quarter", of_client(insurance="proven")),
    (
        "client_insurance_proven_for_a_quarter",
        "for a fifth quarter",
        of_client(insurance="proven", insurance_quarter="2026-Q5"),
    ),
    ("client_insurance_proven_for_a_quarter", "a quarter alone", of_client(insurance_quarter="2026-Q4")),
    ("client_changed_at_has_by", "changed by nobody", of_client(changed_at=NOW)),
    ("client_closed_at_has_by", "closed by nobody", of_client(closed_at=NOW)),
    (
        "client_anonymised_is_empty",
        "anonymised with a language",
        lambda w: update_row(
            CLIENT,
            w.booked.client_id,
            closed_at=NOW,
            closed_by_id=w.booked.booked_by_id,
            anonymised_at=NOW,
            language="tr",
        ),
    ),
    (
        "client_anonymised_is_empty",
        "anonymised and not closed",
        lambda w: update_row(CLIENT, w.booked.client_id, name="", name_index="", anonymised_at=NOW),
    ),
    ("release_withdrawn_at_has_by", "by nobody", of_release(withdrawn_at=NOW, withdrawn_by_id=None)),
    ("release_withdrawn_after_given", "before it was given", of_release(withdrawn_at=NOW - DAY)),
    ("former_code_in_facility", "one code for two clients", former_code_twice),
    ("companion_once", "the same colleague twice", companion_twice),
]
