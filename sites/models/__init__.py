from sites.models.availability import Absence, FacilityClosure
from sites.models.history import ClientLook, HistoryAction, HistoryEntry, LookKind
from sites.models.invitations import Invitation
from sites.models.keys import KeyCanary
from sites.models.organisations import (
    Clinic,
    Facility,
    FacilityKind,
    InsurancePolicy,
    LegalRegime,
    Provider,
    Room,
    Site,
    State,
)
from sites.models.people import CLINIC_ROLES, FACILITY_ROLES, Membership, Role, User

__all__ = [
    "CLINIC_ROLES",
    "FACILITY_ROLES",
    "Absence",
    "ClientLook",
    "Clinic",
    "Facility",
    "FacilityClosure",
    "FacilityKind",
    "HistoryAction",
    "HistoryEntry",
    "InsurancePolicy",
    "Invitation",
    "KeyCanary",
    "LegalRegime",
    "LookKind",
    "Membership",
    "Provider",
    "Role",
    "Room",
    "Site",
    "State",
    "User",
]
