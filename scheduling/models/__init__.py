from scheduling.models.appointments import (
    Appointment,
    AppointmentStatus,
    CancelReason,
    MoveReason,
)
from scheduling.models.attendance import Attended, Handover, NextStep
from scheduling.models.changes import OF_ONE_PERSON, Change, ChangeKind
from scheduling.models.clients import Client, FormerCode, Insurance, SuspendReason
from scheduling.models.companions import Companion
from scheduling.models.hours import (
    OPEN,
    TAKES_TIME,
    ConsultationHour,
    HourCancelReason,
    HourStatus,
    Slot,
    SlotState,
    free_at,
)
from scheduling.models.releases import Release, ReleaseScope
from scheduling.models.series import AppointmentType, ConsultationSeries, PlanLine, PlannedSlot
from scheduling.models.waiting import (
    ClosedReason,
    DayPart,
    Offer,
    OfferState,
    PassedOver,
    PassReason,
    WaitingEntry,
)
from scheduling.models.walk_ins import WalkIn

__all__ = [
    "OF_ONE_PERSON",
    "OPEN",
    "TAKES_TIME",
    "Appointment",
    "AppointmentStatus",
    "AppointmentType",
    "Attended",
    "CancelReason",
    "Change",
    "ChangeKind",
    "Client",
    "ClosedReason",
    "Companion",
    "ConsultationHour",
    "ConsultationSeries",
    "DayPart",
    "FormerCode",
    "Handover",
    "HourCancelReason",
    "HourStatus",
    "Insurance",
    "MoveReason",
    "NextStep",
    "Offer",
    "OfferState",
    "PassReason",
    "PassedOver",
    "PlanLine",
    "PlannedSlot",
    "Release",
    "ReleaseScope",
    "Slot",
    "SlotState",
    "SuspendReason",
    "WaitingEntry",
    "WalkIn",
    "free_at",
]
