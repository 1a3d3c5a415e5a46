from scheduling.models.appointments import (
    Appointment,
    AppointmentStatus,
    CancelReason,
    Handover,
    NextStep,
)
from scheduling.models.attendance import Attended
from scheduling.models.changes import OF_ONE_PERSON, Change, ChangeKind
from scheduling.models.clients import Client, FormerCode, Insurance, SuspendReason
from scheduling.models.companions import Companion
from scheduling.models.hours import (
    TAKES_TIME,
    ConsultationHour,
    HourCancelReason,
    HourStatus,
    Slot,
    SlotState,
)
from scheduling.models.releases import Release, ReleaseScope
from scheduling.models.series import AppointmentType, ConsultationSeries, PlanLine, PlannedSlot
from scheduling.models.waiting import WaitingEntry
from scheduling.models.walk_ins import WalkIn

__all__ = [
    "OF_ONE_PERSON",
    "TAKES_TIME",
    "Appointment",
    "AppointmentStatus",
    "AppointmentType",
    "Attended",
    "CancelReason",
    "Change",
    "ChangeKind",
    "Client",
    "Companion",
    "ConsultationHour",
    "ConsultationSeries",
    "FormerCode",
    "Handover",
    "HourCancelReason",
    "HourStatus",
    "Insurance",
    "NextStep",
    "PlanLine",
    "PlannedSlot",
    "Release",
    "ReleaseScope",
    "Slot",
    "SlotState",
    "SuspendReason",
    "WaitingEntry",
    "WalkIn",
]
