"""Who waits for an appointment at a site."""

from datetime import datetime

from django.db import transaction

from scheduling.booking import lock_client
from scheduling.models import AppointmentType, Client, WaitingEntry
from sites.models import Site, User
from sites.refusals import Refusal


class WaitingElsewhere(Refusal):
    code = "waiting_elsewhere"
    sentence = "Diese Klient:in gehört zu einer anderen Einrichtung. Bitte wählen Sie einen ihrer Standorte."


@transaction.atomic
def add(
    *, client: Client, site: Site, appointment_type: AppointmentType, by: User, now: datetime
) -> WaitingEntry:
    """`client` waits at `site` from now on; who waits already keeps the place.

    Raises WaitingElsewhere, ClientClosed.
    """
    lock_client(client)
    if client.facility_id != site.facility_id:
        raise WaitingElsewhere
    entry, _ = WaitingEntry.objects.get_or_create(
        client=client,
        site=site,
        appointment_type=appointment_type.value,
        closed_at=None,
        defaults={"since_at": now, "added_by": by},
    )
    return entry


@transaction.atomic
def close(*, entry: WaitingEntry, by: User, now: datetime) -> WaitingEntry:
    """`entry`'s client waits no longer; what was closed before stays as it was."""
    current = WaitingEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if current.closed_at is None:
        current.closed_at, current.closed_by = now, by
        current.save(update_fields=["closed_at", "closed_by"])
    return current
