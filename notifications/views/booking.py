"""Booking a slot at the desk: it is held for whoever opened the form, and what was typed is never lost."""

import dataclasses
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import consent, intake
from notifications.consent_texts import CURRENT_TEXT
from notifications.desk_forms import BookForm, PickedForm
from notifications.intake import NOTHING_ASKED, Asked
from scheduling import booking, hints, holding, insurance, offers, publishing, selectors
from scheduling.clients import ClientChanged
from scheduling.models import Appointment, Client, Slot, SlotState
from scheduling.views.common import sent, signed_in
from sites.looking import note_look
from sites.middleware import polled
from sites.models import LookKind, User
from sites.refusals import Refusal

# Refusals after which this slot is lost to whoever asks; any other may go away with other input.
SLOT_IS_GONE = (
    booking.SlotTaken,
    booking.SlotIsOver,
    booking.SlotIsOpenTime,
    publishing.HourNotPublished,
)


@dataclasses.dataclass
class _Desk:
    """One look at the form: the slot, for whom, and what was asked on the way."""

    user: User
    slot: Slot
    now: datetime
    clients: QuerySet[Client]
    form: BookForm
    picked: PickedForm | None
    is_gone: bool
    likely: list[Client]

    def book(self) -> Appointment:
        data = self.form.cleaned_data
        if data["who"] == BookForm.KNOWN:
            return intake.book_known_client(
                slot=self.slot,
                client=data["client"],
                asked=self._asked_of(data["client"]),
                despite=self.form.reason_despite,
                by=self.user,
                now=self.now,
            )
        return intake.book_new_client(
            slot=self.slot,
            name=data["name"],
            phone=data["phone"],
            asked=Asked(values=self.form.kept, sms_consent=data["sms_consent"]),
            despite=self.form.reason_despite,
            by=self.user,
            now=self.now,
        )

    def _asked_of(self, client: Client) -> Asked:
        """What was filled in, if it was for this client: another pseudonym may have been typed since."""
        if self.picked is None or self.picked.picked.pk != client.pk:
            return NOTHING_ASKED
        return Asked(
            version=self.picked.cleaned_data["version"],
            values=self.picked.values,
            phone_verified=self.picked.is_verified,
            sms_consent=self.picked.gives_consent,
        )

    @property
    def is_ready(self) -> bool:
        """Whether everything is filled in well. Both forms are looked at, so that all errors are shown."""
        well = [self.form.is_valid(), self.picked is None or self._is_of_another() or self.picked.is_valid()]
        return all(well)

    def _is_of_another(self) -> bool:
        is_new = self.form.cleaned_data.get("who") == BookForm.NEW
        client = self.form.cleaned_data.get("client")
        return is_new or (client is not None and self.picked is not None and self.picked.picked != client)


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for one slot. What was typed stays when the slot is gone; the nearest free ones are offered.

    `?kuerzel=` fills in the pseudonym of a client who was picked from the suggestions, and shows what stands
    in the file. Whether somebody new is one of the facility's clients already is asked once.
    """
    desk = _sit_down(request, pk)
    if request.method == "POST" and desk.is_ready:
        desk.likely = desk.form.doubles()
        if not desk.likely or request.POST.get("gesehen") == _seen(desk.likely):
            try:
                appointment = desk.book()
            except booking.AlreadyBooked as refusal:
                # The button was pressed twice, and of two answers the browser shows the second.
                return _done(request, desk, refusal.appointment)
            except ClientChanged as refusal:
                desk.picked = desk.picked and desk.picked.rebased(refusal.current)
                desk.form.add_error(None, str(refusal))
            except Refusal as refusal:
                desk.form.add_error(None, str(refusal))
                desk.is_gone = isinstance(refusal, SLOT_IS_GONE)
            else:
                return _done(request, desk, appointment)
    return _shown(request, desk)


def _sit_down(request: HttpRequest, pk: int) -> _Desk:
    user, now = signed_in(request), timezone.now()
    was_filled_in = request.method == "POST"
    slots = selectors.slots_once_bookable_by(user) if was_filled_in else selectors.slots_bookable_by(user)
    slot = get_object_or_404(slots.select_related("held_by", "site__clinic"), pk=pk)
    clients = selectors.clients_visible_to(user).filter(facility=slot.site.facility)
    code = request.GET.get("kuerzel", "")
    return _Desk(
        user=user,
        slot=slot,
        now=now,
        clients=clients,
        form=BookForm(sent(request), clients=clients, slot=slot, picked=code),
        picked=_picked(sent(request), clients, code, slot, now),
        is_gone=not offers.can_book(slot.hour, slot, now=now, by=user),
        likely=[],
    )


def _picked(
    data: QueryDict | None, clients: QuerySet[Client], code: str, slot: Slot, now: datetime
) -> PickedForm | None:
    """The file's part of the form, for the client who was picked."""
    key = data.get(f"{PickedForm.PREFIX}-client", "") if data else ""
    if not code and not key.isdecimal():
        return None
    client = selectors.client_of_code(clients, code) if code else clients.filter(pk=int(key[:15])).first()
    if client is None:
        return None
    client.facility = slot.site.facility
    quarter = insurance.current_quarter(slot.site, now=now)
    return PickedForm(
        data if key else None, client=client, quarter=quarter, has_consented=consent.has_standing(client)
    )


def _shown(request: HttpRequest, desk: _Desk) -> HttpResponse:
    client = desk.picked.picked if desk.picked else None
    if client is not None:
        note_look(LookKind.EDITING, [client.pk], named=bool(client.name or client.phone))
    return render(
        request,
        "notifications/book.html",
        {
            "slot": desk.slot,
            "zone": desk.slot.site.zone,
            "form": desk.form,
            "picked": desk.picked,
            "client": client,
            "hints": hints.for_client(client, desk.slot.site.clinic, now=desk.now) if client else [],
            "is_gone": desk.is_gone,
            "held": _held_by_others(desk.slot, desk.user, desk.now),
            "alternatives": selectors.nearest_free_slots(desk.slot, now=desk.now) if desk.is_gone else [],
            "consent_text": CURRENT_TEXT,
            "doubles": desk.likely,
            "seen": _seen(desk.likely),
        },
    )


def _held_by_others(slot: Slot, user: User, now: datetime) -> str:
    """Until when and for whom it is kept, if not for `user`."""
    is_kept = slot.state_at(now) == SlotState.HELD and slot.held_by != user
    return booking.held_in_words(slot) if is_kept else ""


def _seen(likely: list[Client]) -> str:
    return " ".join(str(each.pk) for each in likely)


def _done(request: HttpRequest, desk: _Desk, appointment: Appointment) -> HttpResponse:
    if desk.form.cleaned_data["who"] == BookForm.KNOWN:
        text = f"Der Termin für {appointment.client} ist gebucht."
    else:
        text = (
            f"Der Termin ist gebucht. Das Kürzel der neuen Klient:in ist {appointment.client}, "
            "bitte geben Sie es weiter."
        )
    messages.success(request, text)
    return redirect("appointment", pk=appointment.pk)


# -- holding -------------------------------------------------------------------------------------------


@require_POST
def hold_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the slot is held for whoever has the form open, or why not."""
    user = signed_in(request)
    slot = get_object_or_404(selectors.slots_once_bookable_by(user), pk=pk)
    try:
        holding.hold(slot=slot, by=user, now=timezone.now())
    except Refusal:
        slot = get_object_or_404(selectors.slots_once_bookable_by(user).select_related("held_by"), pk=pk)
    return _hold_state(request, slot, user)


@require_safe
@polled
def hold_state(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment that an open form asks for when its hold should have run out."""
    user = signed_in(request)
    slots = selectors.slots_once_bookable_by(user).select_related("held_by")
    return _hold_state(request, get_object_or_404(slots, pk=pk), user)


def _hold_state(request: HttpRequest, slot: Slot, user: User) -> HttpResponse:
    now = timezone.now()
    is_mine = slot.state_at(now) == SlotState.HELD and slot.held_by == user
    is_gone = not offers.can_book(slot.hour, slot, now=now, by=user)
    left = (slot.held_until - now).total_seconds() if is_mine and slot.held_until else 0
    return render(
        request,
        "notifications/hold.html",
        {
            "slot": slot,
            "zone": slot.site.zone,
            "is_mine": is_mine,
            "is_gone": is_gone,
            "held": _held_by_others(slot, user, now),
            "ask_again": int(left) + 1,
            "alternatives": selectors.nearest_free_slots(slot, now=now) if is_gone else [],
        },
    )


@require_POST
def release_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the hour without booking; the slot is free again."""
    user = signed_in(request)
    slot = get_object_or_404(selectors.slots_once_bookable_by(user), pk=pk)
    holding.release(slot=slot, by=user, now=timezone.now())
    return redirect("hour", pk=slot.hour_id)


@require_safe
def client_suggestions(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: clients of the slot's facility who fit what was typed so far."""
    user = signed_in(request)
    slot = get_object_or_404(selectors.slots_bookable_by(user), pk=pk)
    clients = selectors.clients_visible_to(user).filter(facility=slot.site.facility)
    found = selectors.suggested_clients(clients, request.GET.get("code", ""))
    note_look(LookKind.SUGGESTIONS, [each.pk for each in found if each.name], named=True)
    return render(request, "notifications/client_suggestions.html", {"slot": slot, "clients": found})
