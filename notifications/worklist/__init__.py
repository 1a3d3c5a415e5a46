"""The worklist: what a person at the facility must do, and who took, did or tried it.

What there is to do is derived (`sources.SOURCES`, one module for each kind), so that it goes by itself when
its reason does; stored is only what people did about it (WorkMark).
"""

from datetime import datetime

from notifications.models import WorkMark
from scheduling.models import Appointment

# The kind of `remind`, as it stands in the marks.
REMIND = "remind"


def told_in_person(appointment: Appointment, *, since: datetime) -> bool:
    """Whether somebody reminded the client of `appointment`, as it stands now, in person since then."""
    return WorkMark.objects.filter(
        client=appointment.client_id,
        kind=REMIND,
        subject=appointment.pk,
        instance=appointment.starts_at.isoformat(),
        done_at__gte=since,
    ).exists()
