"""What keys in the log stand for, looked up once for all lines of a page."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.models import Appointment, Client, ConsultationHour, FormerCode
from sites.models import ClientLook, Clinic, Facility, HistoryEntry, Invitation, Room, User

GONE = "unbekannt"


class Names:
    """The names behind the keys of `entries` and `looks`, as far as whoever acts may see them.

    Asks each table once at most. `zone` is the clock on which instants are said.
    """

    def __init__(
        self, entries: Sequence[HistoryEntry], looks: Sequence[ClientLook], *, zone: ZoneInfo
    ) -> None:
        self.zone = zone
        client_ids = {each.client_id for each in entries if each.client_id}
        client_ids |= _values(entries, "client_id") | {pk for each in looks for pk in each.client_ids}
        self._people = User.objects.in_bulk(
            _values(entries, "psychiatrist_id", "recorded_by_id", "withdrawn_by_id")
            | _values(entries, "phone_verified_by_id", "phone_suspended_by_id", "user_id", "accepted_by_id")
            | _values(entries, "caseload_of_id")
        )
        self._clinics = Clinic.objects.in_bulk(_values(entries, "clinic_id"))
        self._facilities = Facility.objects.in_bulk(_values(entries, "facility_id"))
        self._rooms = Room.objects.in_bulk(_values(entries, "room_id"))
        self._clients = Client.objects.only("code", "closed_at").in_bulk(client_ids)
        merged = FormerCode.objects.filter(former_id__in=client_ids - self._clients.keys())
        merged = merged.select_related("client")
        self._merged = {each.former_id: each for each in merged}
        self._hours = ConsultationHour.objects.in_bulk(_objects(entries, "scheduling_consultationhour"))
        self._appointments = Appointment.objects.in_bulk(_objects(entries, "scheduling_appointment"))
        self._invitations = Invitation.objects.in_bulk(_objects(entries, "pia_sites_invitation"))

    def person(self, pk: int | None) -> str:
        return str(self._people.get(pk, GONE)) if pk else ""

    def clinic(self, pk: int | None) -> str:
        return str(self._clinics.get(pk, GONE)) if pk else ""

    def facility(self, pk: int | None) -> str:
        return str(self._facilities.get(pk, GONE)) if pk else ""

    def room(self, pk: int | None) -> str:
        return str(self._rooms.get(pk, GONE)) if pk else ""

    def client(self, pk: int | None) -> str:
        """The pseudonym, of a merged record the one it had; of one that was erased nothing is known."""
        known = self._clients.get(pk or 0) or self._merged.get(pk)
        return known.code if known else "Klient:in ohne Kürzel"

    def page_of_client(self, pk: int | None) -> int | None:
        """The key of the record in which to find this client now; none once the file is closed."""
        merged = self._merged.get(pk)
        found = merged.client if merged else self._clients.get(pk or 0)
        return found.pk if found and found.closed_at is None else None

    def invited(self, pk: int) -> str:
        found = self._invitations.get(pk)
        return found.email if found else GONE

    def start_of(self, entry: HistoryEntry) -> datetime.datetime | None:
        """When the appointment or the hour begins: as it stood then, else as it stands."""
        for value in reversed(entry.changes.get("starts_at", [])):
            if value:
                return datetime.datetime.fromisoformat(value)
        appointment = entry.table_name == "scheduling_appointment"
        found: Any = (self._appointments if appointment else self._hours).get(entry.object_id)
        return found.starts_at if found else None


def _values(entries: Iterable[HistoryEntry], *columns: str) -> set[int]:
    return {
        value
        for entry in entries
        for column in columns
        for value in entry.changes.get(column, [])
        if value is not None
    }


def _objects(entries: Iterable[HistoryEntry], table: str) -> set[int]:
    return {each.object_id for each in entries if each.table_name == table}
