from scheduling.models.appointments import Appointment, AppointmentStatus, CancelReason
from scheduling.models.changes import Change, ChangeKind
from scheduling.models.clients import Client, FormerCode, Insurance, SuspendReason
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

__all__ = [
    "TAKES_TIME",
    "Appointment",
    "AppointmentStatus",
    "AppointmentType",
    "CancelReason",
    "Change",
    "ChangeKind",
    "Client",
    "ConsultationHour",
    "ConsultationSeries",
    "FormerCode",
    "HourCancelReason",
    "HourStatus",
    "Insurance",
    "PlanLine",
    "PlannedSlot",
    "Release",
    "ReleaseScope",
    "Slot",
    "SlotState",
    "SuspendReason",
]
