from scheduling.models.appointments import Appointment, AppointmentStatus, CancelReason
from scheduling.models.changes import Change, ChangeKind
from scheduling.models.clients import Client
from scheduling.models.hours import TAKES_TIME, ConsultationHour, HourStatus, Slot, SlotState
from scheduling.models.series import AppointmentType, ConsultationSeries, PlannedSlot

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
    "HourStatus",
    "PlannedSlot",
    "Slot",
    "SlotState",
]
