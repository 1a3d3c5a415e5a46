"""Whether a client can be reached by SMS, and what follows when that changes.

Changing a number, confirming it or using it again goes through here and not past it to `scheduling.clients`:
appointments booked before then get the reminders that they have none of.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from notifications import planning
from notifications.transports.statuses import UNUSABLE_NUMBER
from scheduling import clients
from scheduling.models import Client, SuspendReason
from sites.models import User


@transaction.atomic
def change_client(
    *,
    client: Client,
    version: int,
    values: Mapping[str, Any],
    by: User,
    now: datetime,
    phone_verified: bool = False,
) -> Client:
    """As `scheduling.clients.change_client`; raises the same."""
    changed = clients.change_client(
        client=client, version=version, values=values, phone_verified=phone_verified, by=by, now=now
    )
    planning.plan_missing_reminders(client=changed, now=now)
    return changed


@transaction.atomic
def resume_phone(*, client: Client, by: User, now: datetime) -> Client:
    """As `scheduling.clients.resume_phone`. What was dropped meanwhile is not sent belatedly."""
    resumed = clients.resume_phone(client=client, by=by, now=now)
    planning.plan_missing_reminders(client=resumed, now=now)
    return resumed


def note_failure(*, error_code: str, address: str, now: datetime) -> int:
    """Suspends `address` (E.164) if `error_code` says that nothing will ever arrive there; for how many.

    It is the number that can't be used: whoever has it now, the next message would fail alike.
    """
    if error_code not in UNUSABLE_NUMBER or not address:
        return 0
    suspended = 0
    for client in clients.clients_with_phone(address):
        with suppress(clients.NumberChanged):
            clients.suspend_phone(
                client=client,
                number=address,
                reason=SuspendReason.UNREACHABLE,
                by=User.objects.system_actor("sms"),
                now=now,
            )
            suspended += 1
    return suspended
