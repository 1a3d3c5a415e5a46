"""The revision number that calendars compare."""

from scheduling.models import Appointment, ConsultationHour


def bump_sequence(entry: Appointment | ConsultationHour) -> None:
    """Raises SEQUENCE by one (RFC 5545, 3.8.7.4) for a change that a calendar must follow.

    The caller holds the row's lock and saves; nothing else ever writes `sequence`.
    """
    entry.sequence += 1
