"""Every address of the project, as every role of its site, as the same roles of another site, and as nobody.

A new address fails here until it has a row. What a person may not see looks like what does not exist (404).
"""

import dataclasses
from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from notifications import consent, feeds, planning
from notifications.models import PersonalNotice
from scheduling import cancelling, publishing, releases, waiting
from scheduling.models import AppointmentType, HourCancelReason, Offer, ReleaseScope
from scheduling.offering import make_offers
from sites import inviting
from sites.models import Role, User
from sites.people import Post
from tests.builders import NOW, make_published_hour
from tests.pages.desks import Place, make_place, slot_of
from tests.scheduling.attendance import walk_in_in


@dataclasses.dataclass
class World:
    """A site in which there is one of everything, and the addresses' parts that lead to it."""

    place: Place
    elsewhere: Place
    parts: dict[str, dict[str, object]]


def make_world() -> World:
    place, elsewhere = make_place(), make_place()
    published = place.hour(slots=2)
    skipped = publishing.skip(hour=place.draft(), by=place.psychiatrist, now=NOW)
    client = place.client(phone="0171 3920012")
    appointment = place.book(slot_of(published), client)
    given = consent.give(client=client, by=place.worker, now=NOW)
    release = releases.give_release(
        client=client,
        clinic=place.site.clinic,
        scope=ReleaseScope.NAME,
        ends_date=NOW.date().replace(year=2027),
        by=place.worker,
        now=NOW,
    )
    invitation, invited = inviting.invite(
        email="neu@example.org",
        post=Post(Role.SOCIAL_WORKER, facility=place.site.facility),
        by=place.lead,
        now=NOW,
    )
    booked = place.hour(NOW.date().replace(month=12, day=17))
    place.book(slot_of(booked))
    lost = place.hour(NOW.date().replace(month=12, day=18), slots=1)
    place.book(slot_of(lost))
    cancelling.cancel_hour(hour=lost, reason=HourCancelReason.PERSON, by=place.psychiatrist, now=NOW)
    planning.plan_changes(now=NOW)
    feed, token = feeds.create_feed(user=place.worker, by=place.worker, now=NOW)
    offer = make_offer(place)
    today = make_published_hour(place.site, day=NOW.date(), psychiatrist=place.psychiatrist, room=place.room)
    return World(
        place,
        elsewhere,
        {
            "nothing": {},
            "site": {"site": place.site.slug},
            "published": {"pk": published.pk},
            "booked": {"pk": booked.pk},
            "work": work_of(PersonalNotice.objects.get()),
            "unbooked": {"pk": make_unbooked(place)},
            "draft": {"pk": place.draft().pk},
            "skipped": {"pk": skipped.pk},
            "series": {"pk": published.series_id},
            "slot": {"pk": slot_of(published, 1).pk},
            "client": {"pk": client.pk},
            "two clients": {"pk": client.pk, "other": place.client().pk},
            "client and clinic": {"pk": client.pk, "clinic": place.site.clinic_id},
            "consent": {"pk": client.pk, "consent": given.pk},
            "release": {"pk": client.pk, "release": release.pk},
            "appointment": {"pk": appointment.pk},
            "day": {"day": "2026-12-09"},
            "wrong day": {"day": "heute"},
            "today": {"pk": today.pk},
            "walk-in": {"pk": walk_in_in(today, by=place.worker, clock="12:00").pk},
            "feed": {"pk": feed.pk},
            "token": {"token": token},
            "wrong token": {"token": "x" * 43},
            "waiter": {"pk": offer.entry_id},
            "offer": {"pk": offer.pk},
            "missing key": {"pk": 999_999_999},
            "wrong key": {"key": "x"},
            "wrong reset": {"uidb36": "1", "key": "x"},
            "wrong provider": {"provider_id": "nirgends"},
            "membership": {"pk": place.worker.memberships.get().pk},
            "invitation": {"pk": invitation.pk},
            "invited": {"token": invited},
            "missing": {"pk": 999_999_999_999_999_999_999},
            "missing site": {"site": "nirgends"},
        },
    )


def make_offer(place: Place) -> Offer:
    """To somebody who waits for a follow-up, so that all other slots stay free."""
    day = NOW.date().replace(month=12, day=21)
    make_published_hour(
        place.site, day=day, slots=1, appointment_type="follow_up", psychiatrist=place.psychiatrist
    )
    follow_up = AppointmentType.FOLLOW_UP
    waiting.add(client=place.client(), site=place.site, appointment_type=follow_up, by=place.worker, now=NOW)
    make_offers(now=NOW)
    return Offer.objects.get()


def work_of(notice: PersonalNotice) -> dict[str, object]:
    return {"pk": notice.appointment.client_id, "kind": "tell", "subject": notice.appointment_id}


def make_unbooked(place: Place) -> int:
    return place.hour(NOW.date().replace(month=12, day=16)).pk


@dataclasses.dataclass(frozen=True)
class Row:
    """What `method` on an address answers: to each role of the site, to any role elsewhere, to nobody."""

    name: str
    to: str
    method: str
    psychiatrist: int
    coordinator: int
    worker: int
    lead: int
    admin: int
    foreign: int
    nobody: int
    fields: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.name} of {self.to}"

    def expected(self, who: str) -> int:
        if who.endswith(" elsewhere") and self.foreign != AS_HERE:
            return self.foreign
        return getattr(self, who.removesuffix(" elsewhere"))


# A page of one's own: to a role elsewhere as to the same role here.
AS_HERE = 0
MONTH = (("month", "2026-12"),)
REASON = (("reason", "client"),)
TAKE = (("schritt", "uebernehmen"),)
SKIP = (("antwort", "auslassen"),)
LINES = (
    ("zeile-TOTAL_FORMS", "1"),
    ("zeile-INITIAL_FORMS", "0"),
    ("zeile-0-kind", "first"),
    ("zeile-0-minutes", "30"),
)
AHEAD = (("months_ahead", "3"), ("publish_days_ahead", "40"), ("remind_days_ahead", "10"))
FILE = (("version", "0"), ("phone", "0171 3920012"))
RELEASE = (("scope", "name"), ("ends_date", "2027-06-01"), ("how", "written"))
NEW = (("who", "new"),)
SUSPENSION = (("reason", "lost"), ("number", "+491713920012"))
DO = ("schritt", "ausfuehren")
CANCEL_HOUR = (("reason", "person"), ("gesehen", "something else"), DO)
RESIZE_HOUR = (("from_time", "13:00"), ("to_time", "15:00"), DO)
WALK_IN = (("number", "2"), ("slot", ""))
MARK = (("von", "expected"), ("nach", "arrived"))
SEEN = (("von", "arrived"), ("nach", "in_room"))
SOMEBODY_NEW = (("neu", "ja"),)
STEP = (("schritt", "nothing"),)
UNCHANGED = (("version", "0"),)
MISTAKE = (("reason", "mistake"),)
MINUTES = (("offer_minutes", "30"),)

# 302 to nobody is the way to signing in; any other 302 is the way on after a command.
#    address, of what, method            psych coord work lead admin foreign nobody
ROWS = [
    Row("healthz", "nothing", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("healthz", "nothing", "post", 405, 405, 405, 405, 405, 405, 405),
    Row("sign_in", "nothing", "get", 302, 302, 302, 302, 302, 302, 200),
    Row("sign_in", "nothing", "post", 302, 302, 302, 302, 302, 302, 200),
    Row("sign_out", "nothing", "get", 405, 405, 405, 405, 405, 405, 405),
    Row("sign_out", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("account_login", "nothing", "get", 302, 302, 302, 302, 302, 302, 200),
    Row("account_login", "nothing", "post", 302, 302, 302, 302, 302, 302, 200),
    Row("account_logout", "nothing", "get", 405, 405, 405, 405, 405, 405, 405),
    Row("account_logout", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("account_inactive", "nothing", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("account_inactive", "nothing", "post", 405, 405, 405, 405, 405, 405, 405),
    Row("mfa_authenticate", "nothing", "get", 302, 302, 302, 302, 302, 302, 302),
    Row("mfa_authenticate", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("account_reset_password", "nothing", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("account_reset_password", "nothing", "post", 200, 200, 200, 200, 200, 200, 200),
    Row("account_reset_password_done", "nothing", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("account_reset_password_done", "nothing", "post", 405, 405, 405, 405, 405, 405, 405),
    Row("account_reset_password_from_key_done", "nothing", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("account_reset_password_from_key_done", "nothing", "post", 405, 405, 405, 405, 405, 405, 405),
    Row("socialaccount_login_cancelled", "nothing", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("socialaccount_login_cancelled", "nothing", "post", 405, 405, 405, 405, 405, 405, 405),
    Row("account", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("account", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("account_change_password", "nothing", "get", 302, 302, 302, 302, 302, 302, 302),
    Row("account_change_password", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("account_set_password", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("account_set_password", "nothing", "post", 200, 200, 200, 200, 200, 200, 302),
    Row("account_email", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("account_email", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("account_reauthenticate", "nothing", "get", 403, 403, 403, 403, 403, 403, 302),
    Row("account_reauthenticate", "nothing", "post", 403, 403, 403, 403, 403, 403, 302),
    Row("mfa_reauthenticate", "nothing", "get", 403, 403, 403, 403, 403, 403, 302),
    Row("mfa_reauthenticate", "nothing", "post", 403, 403, 403, 403, 403, 403, 302),
    Row("mfa_reauthenticate_webauthn", "nothing", "get", 403, 403, 403, 403, 403, 403, 302),
    Row("mfa_reauthenticate_webauthn", "nothing", "post", 403, 403, 403, 403, 403, 403, 302),
    Row("mfa_index", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_index", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("mfa_activate_totp", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_activate_totp", "nothing", "post", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_deactivate_totp", "nothing", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("mfa_deactivate_totp", "nothing", "post", 404, 404, 404, 404, 404, 404, 302),
    Row("mfa_view_recovery_codes", "nothing", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("mfa_view_recovery_codes", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("mfa_generate_recovery_codes", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_generate_recovery_codes", "nothing", "post", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_list_webauthn", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_list_webauthn", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("mfa_add_webauthn", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("mfa_add_webauthn", "nothing", "post", 200, 200, 200, 200, 200, 200, 302),
    Row("short_notice", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("short_notice", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("keep_session", "nothing", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("keep_session", "nothing", "post", 204, 204, 204, 204, 204, 204, 302),
    Row("hold_form", "nothing", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("hold_form", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("resume_form", "nothing", "get", 302, 302, 302, 302, 302, 302, 302),
    Row("resume_form", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("mfa_edit_webauthn", "missing key", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("mfa_edit_webauthn", "missing key", "post", 404, 404, 404, 404, 404, 404, 302),
    Row("mfa_remove_webauthn", "missing key", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("mfa_remove_webauthn", "missing key", "post", 404, 404, 404, 404, 404, 404, 302),
    Row("end_session", "missing key", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("end_session", "missing key", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("account_confirm_email", "wrong key", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("account_confirm_email", "wrong key", "post", 404, 404, 404, 404, 404, 404, 404),
    Row("account_reset_password_from_key", "wrong reset", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("openid_connect_login", "wrong provider", "get", 404, 404, 404, 404, 404, 404, 404),
    Row("openid_connect_callback", "wrong provider", "get", 404, 404, 404, 404, 404, 404, 404),
    Row("account_reset_password_from_key", "wrong reset", "post", 200, 200, 200, 200, 200, 200, 200),
    Row("openid_connect_login", "wrong provider", "post", 404, 404, 404, 404, 404, 404, 404),
    Row("openid_connect_callback", "wrong provider", "post", 404, 404, 404, 404, 404, 404, 404),
    Row("people", "nothing", "get", 404, 200, 404, 200, 200, AS_HERE, 302),
    Row("people", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("invite", "nothing", "get", 404, 200, 404, 200, 200, AS_HERE, 302),
    Row("invite", "nothing", "post", 404, 200, 404, 200, 200, AS_HERE, 302),
    Row("withdraw_invitation", "invitation", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("withdraw_invitation", "invitation", "post", 404, 404, 404, 302, 302, 404, 302),
    Row("end_membership", "membership", "get", 404, 404, 404, 200, 200, 404, 302),
    Row("end_membership", "membership", "post", 404, 404, 404, 302, 302, 404, 302),
    Row("reset_second_factor", "membership", "get", 404, 404, 404, 200, 200, 404, 302),
    Row("reset_second_factor", "membership", "post", 404, 404, 404, 302, 302, 404, 302),
    Row("accept_invitation", "invited", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("accept_invitation", "invited", "post", 200, 200, 200, 200, 200, 200, 200),
    Row("accept_invitation", "wrong token", "get", 410, 410, 410, 410, 410, 410, 410),
    Row("home", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("home", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("month", "site", "get", 200, 200, 200, 200, 200, 404, 302),
    Row("month", "site", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("month", "missing site", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("propose_preview", "site", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("propose_preview", "site", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("propose", "site", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("propose", "site", "post", 302, 302, 404, 404, 404, 404, 302, MONTH),
    Row("publish", "site", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("publish", "site", "post", 302, 302, 404, 404, 404, 404, 302, MONTH),
    Row("hour", "published", "get", 200, 200, 200, 200, 200, 404, 302),
    Row("hour", "published", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("hour", "draft", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("hour", "skipped", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("hour", "missing", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("publish_hour", "draft", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("publish_hour", "draft", "post", 302, 302, 404, 404, 404, 404, 302),
    Row("withdraw_hour", "unbooked", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("withdraw_hour", "unbooked", "post", 302, 302, 404, 404, 404, 404, 302),
    Row("skip_hour", "draft", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("skip_hour", "draft", "post", 302, 302, 404, 404, 404, 404, 302),
    Row("restore_hour", "skipped", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("restore_hour", "skipped", "post", 302, 302, 404, 404, 404, 404, 302),
    Row("months", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("months", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("drafts", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("drafts", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("publish_drafts", "nothing", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("publish_drafts", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("answer_draft", "draft", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("answer_draft", "draft", "post", 302, 302, 404, 404, 404, 404, 302, SKIP),
    Row("change_draft", "draft", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("change_draft", "draft", "post", 200, 200, 404, 404, 404, 404, 302),
    Row("change_draft", "published", "get", 302, 302, 404, 404, 404, 404, 302),
    Row("rearrange", "unbooked", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("rearrange", "unbooked", "post", 302, 302, 404, 404, 404, 404, 302, LINES),
    Row("planning_settings", "site", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("planning_settings", "site", "post", 302, 302, 404, 404, 404, 404, 302, AHEAD),
    Row("series_list", "site", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("series_list", "site", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("new_series", "site", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("new_series", "site", "post", 200, 200, 404, 404, 404, 404, 302),
    Row("series_preview", "site", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("series_preview", "site", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("series", "series", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("series", "series", "post", 200, 200, 404, 404, 404, 404, 302),
    Row("series_differences", "series", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("series_differences", "series", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("apply_differences", "series", "get", 302, 302, 404, 404, 404, 404, 302),
    Row("apply_differences", "series", "post", 302, 302, 404, 404, 404, 404, 302),
    Row("cancel_hour", "booked", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("cancel_hour", "booked", "post", 200, 200, 404, 404, 404, 404, 302, CANCEL_HOUR),
    Row("move_hour", "booked", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("move_hour", "booked", "post", 200, 200, 404, 404, 404, 404, 302),
    Row("resize_hour", "booked", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("resize_hour", "booked", "post", 200, 200, 404, 404, 404, 404, 302, RESIZE_HOUR),
    Row("substitute_hour", "booked", "get", 200, 200, 404, 404, 404, 404, 302),
    Row("substitute_hour", "booked", "post", 200, 200, 404, 404, 404, 404, 302),
    Row("cancel_hour", "draft", "get", 302, 302, 404, 404, 404, 404, 302),
    Row("walk_in_queue", "today", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("walk_in_queue", "today", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("walk_in_queue_live", "today", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("walk_in_queue_live", "today", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("walk_in_ticket", "walk-in", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("walk_in_ticket", "walk-in", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("waiting_list", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("waiting_list", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("wait", "nothing", "get", 404, 404, 200, 200, 404, AS_HERE, 302),
    Row("wait", "nothing", "post", 404, 404, 200, 200, 404, AS_HERE, 302),
    Row("waiting_entry", "waiter", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("waiting_entry", "waiter", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("change_waiting", "waiter", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("change_waiting", "waiter", "post", 404, 404, 302, 302, 404, 404, 302, UNCHANGED),
    Row("close_waiting", "waiter", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("close_waiting", "waiter", "post", 404, 404, 302, 302, 404, 404, 302, MISTAKE),
    Row("offer", "offer", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("offer", "offer", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("accept_offer", "offer", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("accept_offer", "offer", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("decline_offer", "offer", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("decline_offer", "offer", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("offer_minutes", "site", "get", 404, 404, 404, 200, 404, 404, 302),
    Row("offer_minutes", "site", "post", 404, 404, 404, 302, 404, 404, 302, MINUTES),
    Row("worklist", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("worklist", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    # A part of another page: who opens it by itself is led to the list.
    Row("worklist_counts", "nothing", "get", 302, 302, 302, 302, 302, 302, 302),
    Row("worklist_counts", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("mark_work", "work", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("mark_work", "work", "post", 404, 404, 302, 302, 404, 404, 302, TAKE),
    Row("team_plan", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("team_plan", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("caseload", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    # Without a colleague to hand over to, nothing is done and one is told so.
    Row("caseload", "nothing", "post", 302, 302, 302, 302, 302, 302, 302),
    Row("client_caseload", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("client_caseload", "client", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("companions", "appointment", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("companions", "appointment", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("today", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("today", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("day", "day", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("day", "day", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("day_live", "day", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("day_live", "day", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("day_live", "wrong day", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("day_paper", "published", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("day_paper", "published", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("day_paper", "draft", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("run_late", "published", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("run_late", "published", "post", 302, 302, 302, 302, 404, 404, 302),
    Row("take_in", "published", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("take_in", "today", "post", 302, 302, 302, 302, 404, 404, 302, WALK_IN),
    Row("mark_appointment", "appointment", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("mark_appointment", "appointment", "post", 302, 302, 302, 302, 404, 404, 302, MARK),
    Row("mark_walk_in", "walk-in", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("mark_walk_in", "walk-in", "post", 302, 302, 302, 302, 404, 404, 302, SEEN),
    Row("what_next", "appointment", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("what_next", "appointment", "post", 302, 302, 302, 302, 404, 404, 302, STEP),
    Row("what_next_walk_in", "walk-in", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("what_next_walk_in", "walk-in", "post", 302, 302, 302, 302, 404, 404, 302, STEP),
    Row("name_walk_in", "walk-in", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("name_walk_in", "walk-in", "post", 404, 404, 302, 302, 404, 404, 302, SOMEBODY_NEW),
    Row("appointment", "appointment", "get", 200, 200, 200, 200, 404, 404, 302),
    Row("appointment", "appointment", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("appointment", "missing", "get", 404, 404, 404, 404, 404, 404, 302),
    Row("cancel_appointment", "appointment", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("cancel_appointment", "appointment", "post", 404, 404, 302, 302, 404, 404, 302, REASON),
    Row("move_appointment", "appointment", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("move_appointment", "appointment", "post", 404, 404, 200, 200, 404, 404, 302),
    Row("book", "slot", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("book", "slot", "post", 404, 404, 302, 302, 404, 404, 302, NEW),
    Row("hold_slot", "slot", "post", 404, 404, 200, 200, 404, 404, 302),
    Row("hold_slot", "slot", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("hold_state", "slot", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("hold_state", "slot", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("release_slot", "slot", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("release_slot", "slot", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("undo_appointment", "appointment", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("undo_appointment", "appointment", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("appointment_card", "appointment", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("appointment_card", "appointment", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("client_search", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("client_search", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("client_suggestions", "slot", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("client_suggestions", "slot", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("clients", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("clients", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("client", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("client", "client", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("edit_client", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("edit_client", "client", "post", 404, 404, 302, 302, 404, 404, 302, FILE),
    Row("merge_clients", "two clients", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("merge_clients", "two clients", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("resume_phone", "client", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("resume_phone", "client", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("suspend_phone", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("suspend_phone", "client", "post", 404, 404, 302, 302, 404, 404, 302, SUSPENSION),
    Row("give_release", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    # Without the clinic, whose key differs from run to run, the form comes back.
    Row("give_release", "client", "post", 404, 404, 200, 200, 404, 404, 302, RELEASE),
    Row("withdraw_release", "client and clinic", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("withdraw_release", "client and clinic", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("release_sheet", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("release_sheet", "client", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("release_as_given", "release", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("release_as_given", "release", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("consent_sheet", "client", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("consent_sheet", "client", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("consent_as_given", "consent", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("consent_as_given", "consent", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("give_consent", "client", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("give_consent", "client", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("withdraw_consent", "client", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("withdraw_consent", "client", "post", 404, 404, 302, 302, 404, 404, 302),
    Row("appointment_messages", "appointment", "get", 404, 404, 200, 200, 404, 404, 302),
    Row("appointment_messages", "appointment", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("clients_expiring", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("clients_expiring", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("client_export", "client", "get", 404, 404, 404, 200, 404, 404, 302),
    Row("client_export", "client", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("client_export_json", "client", "get", 404, 404, 404, 200, 404, 404, 302),
    Row("client_export_json", "client", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("erase_client", "client", "get", 404, 404, 404, 200, 404, 404, 302),
    # Without the pseudonym, which differs from run to run, the form comes back.
    Row("erase_client", "client", "post", 404, 404, 404, 200, 404, 404, 302),
    Row("client_log", "client", "get", 404, 404, 404, 200, 404, 404, 302),
    Row("client_log", "client", "post", 405, 405, 405, 405, 405, 405, 302),
    # Each one's own: what is in it, tests/history/ says.
    Row("log", "nothing", "get", 404, 200, 404, 200, 200, AS_HERE, 302),
    Row("log", "nothing", "post", 405, 405, 405, 405, 405, 405, 302),
    Row("my_calendar", "nothing", "get", 200, 200, 200, 200, 200, 200, 302),
    Row("my_calendar", "nothing", "post", 200, 200, 200, 200, 200, 200, 302),
    Row("revoke_feed", "feed", "get", 405, 405, 405, 405, 405, 405, 302),
    Row("revoke_feed", "feed", "post", 404, 404, 302, 404, 404, 404, 302),
    # Machines sign what they send, or know a secret address, whoever is signed in beside.
    Row("twilio_status", "nothing", "get", 405, 405, 405, 405, 405, 405, 405),
    Row("twilio_status", "nothing", "post", 403, 403, 403, 403, 403, 403, 403),
    Row("twilio_inbound", "nothing", "get", 405, 405, 405, 405, 405, 405, 405),
    Row("twilio_inbound", "nothing", "post", 403, 403, 403, 403, 403, 403, 403),
    Row("calendar_feed", "token", "get", 200, 200, 200, 200, 200, 200, 200),
    Row("calendar_feed", "token", "post", 405, 405, 405, 405, 405, 405, 405),
    Row("calendar_feed", "wrong token", "get", 404, 404, 404, 404, 404, 404, 404),
]
ROLES = ("psychiatrist", "coordinator", "worker", "lead", "admin")
FOREIGN = ("psychiatrist", "coordinator", "worker", "lead")


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS}))
def test_an_address_answers_each_as_the_table_says(name: str, world: World) -> None:
    rows = [row for row in ROWS if row.name == name]
    people = {role: getattr(world.place, role) for role in ROLES}
    people |= {f"{role} elsewhere": getattr(world.elsewhere, role) for role in FOREIGN}
    people["nobody"] = None
    answers = {
        (str(row), who): status(row, reverse(name, kwargs=world.parts[row.to]), user)
        for row in rows
        for who, user in people.items()
    }
    assert answers == {(str(row), who): row.expected(who) for row in rows for who in people}


def status(row: Row, address: str, user: User | None) -> int:
    """The answer's status; what the request changed is undone."""
    with transaction.atomic():
        browser = Browser()
        if user is not None:
            browser.force_login(user)
        response = getattr(browser, row.method)(address, dict(row.fields))
        transaction.set_rollback(True)
    if response.status_code == 302 and user is None:
        assert response["Location"].split("?")[0] == reverse("sign_in")
    return response.status_code


def test_no_command_is_taken_from_a_foreign_page(world: World) -> None:
    """Without the token of our own form a POST does nothing."""
    browser = Browser(enforce_csrf_checks=True)
    commands = [row for row in ROWS if row.method == "post" and 302 in (row.worker, row.psychiatrist)]
    answers = {}
    for row in commands:
        browser.force_login(world.place.worker if row.worker == 302 else world.place.psychiatrist)
        address = reverse(row.name, kwargs=world.parts[row.to])
        answers[row.name] = browser.post(address, dict(row.fields)).status_code
    assert answers == {row.name: 403 for row in commands}


def test_every_address_has_a_row_for_reading_and_for_writing() -> None:
    rows = {(row.name, row.method) for row in ROWS}
    assert {(name, method) for name in names_of(get_resolver()) for method in ("get", "post")} == rows


def test_an_address_without_a_name_is_noticed() -> None:
    nameless = URLPattern(get_resolver().url_patterns[0].pattern, lambda request: None)
    assert list(names_of(Patterns([nameless]))) == [None]


@dataclasses.dataclass
class Patterns:
    url_patterns: list[URLPattern | URLResolver]


def names_of(resolver: URLResolver | Patterns) -> Iterator[str | None]:
    """The names of all addresses, of included ones too; None for one without a name."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from names_of(entry)
        else:
            yield entry.name
