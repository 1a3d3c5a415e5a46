"""What the phones and Twilio's side remember: one SQLite file, so that a restart of the demo forgets nothing.

Twilio's record of a message and the bubble on the phone are kept apart: the application may empty or delete
the record, but what has arrived on a phone stays there.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Raised with every change of the table below; an older file is thrown away (it is demo data).
SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE sms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL UNIQUE,
    inbound INTEGER NOT NULL,
    phone TEXT NOT NULL,
    other TEXT NOT NULL,
    messaging_service_sid TEXT NOT NULL,
    text TEXT NOT NULL,
    record TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL,
    reported TEXT NOT NULL,
    status_callback TEXT NOT NULL,
    answer_status INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    sent_at REAL
);
CREATE INDEX sms_phone ON sms (phone, id);
CREATE TABLE opted_out (phone TEXT PRIMARY KEY);
"""
COLUMNS = (
    "id, sid, inbound, phone, other, messaging_service_sid, text, record, deleted, status, reported,"
    " status_callback, answer_status, answer, created_at, updated_at, sent_at"
)
# After these Twilio changes a message no more.
FINAL = ("delivered", "received")


@dataclass(frozen=True)
class Sms:
    """One message. `phone` is the client's number, `other` the number or name that the application uses.

    `text` is what stands on the phone and `record` what Twilio still keeps of it; `reported` is the last
    status that the application was told (or need not be told). An inbound one has in `answer` what the
    application said to it, and in `answer_status` the HTTP status, None where nothing answered.
    """

    id: int
    sid: str
    inbound: bool
    phone: str
    other: str
    messaging_service_sid: str
    text: str
    record: str
    deleted: bool
    status: str
    reported: str
    status_callback: str
    answer_status: int | None
    answer: str
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None

    @property
    def final(self) -> bool:
        """Whether Twilio is done with it, which is when it may be emptied or deleted."""
        return self.status in FINAL


class Store:
    """Keeps the messages; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            self._connection.executescript(
                "DROP TABLE IF EXISTS sms; DROP TABLE IF EXISTS opted_out;"
                f"{SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};"
            )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add_outbound(
        self, *, to: str, sender: str, service_sid: str, text: str, status_callback: str, now: datetime
    ) -> Sms:
        """Accept a message of the application for a phone."""
        status = "accepted" if service_sid else "queued"
        return self._add(
            inbound=False,
            phone=to,
            other=sender,
            messaging_service_sid=service_sid,
            text=text,
            record=text,
            status=status,
            reported=status,  # nobody is called back about the first status: the answer of the API tells it
            status_callback=status_callback,
            created_at=now.timestamp(),
            updated_at=now.timestamp(),
        )

    def add_inbound(self, *, phone: str, to: str, service_sid: str, text: str, now: datetime) -> Sms:
        """Keep what a phone sent to the application."""
        return self._add(
            inbound=True,
            phone=phone,
            other=to,
            messaging_service_sid=service_sid,
            text=text,
            record=text,
            status="received",
            reported="received",
            status_callback="",
            created_at=now.timestamp(),
            updated_at=now.timestamp(),
            sent_at=now.timestamp(),
        )

    def set_status(self, sid: str, status: str, *, now: datetime) -> Sms | None:
        """Move a message on and return it; None when its record was deleted meanwhile."""
        self._execute(
            "UPDATE sms SET status = ?, updated_at = ?, sent_at = coalesce(sent_at, iif(? = 'sent', ?, NULL))"
            " WHERE sid = ?",
            (status, now.timestamp(), status, now.timestamp(), sid),
        )
        return self.find(sid)

    def set_reported(self, sid: str, status: str) -> None:
        """Note that the application knows this status, or that nobody tries to tell it any longer."""
        self._execute("UPDATE sms SET reported = ? WHERE sid = ?", (status, sid))

    def set_answer(self, sid: str, *, status: int | None, answer: str) -> None:
        """Note what the application answered to an inbound message."""
        self._execute("UPDATE sms SET answer_status = ?, answer = ? WHERE sid = ?", (status, answer, sid))

    def redact(self, sid: str, *, now: datetime) -> None:
        """Empty Twilio's record; the phone keeps its text."""
        self._execute("UPDATE sms SET record = '', updated_at = ? WHERE sid = ?", (now.timestamp(), sid))

    def delete(self, sid: str) -> None:
        """Remove Twilio's record; the phone keeps its text."""
        self._execute("UPDATE sms SET record = '', deleted = 1 WHERE sid = ?", (sid,))

    def set_opted_out(self, phone: str, opted_out: bool) -> None:
        if opted_out:
            self._execute("INSERT OR IGNORE INTO opted_out (phone) VALUES (?)", (phone,))
        else:
            self._execute("DELETE FROM opted_out WHERE phone = ?", (phone,))

    def opted_out(self) -> frozenset[str]:
        """The numbers that sent STOP and no START since."""
        return frozenset(row[0] for row in self._execute("SELECT phone FROM opted_out"))

    def find(self, sid: str) -> Sms | None:
        """Twilio's record, or None where there is none (any more)."""
        return next(iter(self._select("WHERE sid = ? AND NOT deleted", (sid,))), None)

    def unfinished(self) -> list[Sms]:
        """Messages to be moved on or reported, oldest first."""
        return self._select(
            "WHERE NOT deleted AND NOT inbound AND (status <> 'delivered' OR reported <> status) ORDER BY id"
        )

    def all_on_phones(self) -> list[Sms]:
        """Everything that phones sent and got, oldest first, also what Twilio has deleted."""
        return self._select("ORDER BY id")

    def last_of(self, phone: str) -> Sms | None:
        """The newest message that this phone got."""
        found = self._select("WHERE phone = ? AND NOT inbound ORDER BY id DESC LIMIT 1", (phone,))
        return next(iter(found), None)

    def page(
        self,
        *,
        to: str = "",
        sender: str = "",
        sent_from: datetime | None = None,
        sent_until: datetime | None = None,
        after_sid: str = "",
        limit: int,
    ) -> list[Sms]:
        """Twilio's records, newest first, after the one with `after_sid`; both ends of the time included."""
        # A message that waits for its turn counts by its creation: who asks whether it exists must find it.
        sent = "CAST(coalesce(sent_at, created_at) AS INTEGER)"
        conditions: dict[str, Any] = {
            "iif(inbound, other, phone) = ?": to,
            "iif(inbound, phone, other) = ?": sender,
            f"{sent} >= ?": sent_from and sent_from.timestamp(),
            f"{sent} <= ?": sent_until and sent_until.timestamp(),
            "id < (SELECT id FROM sms WHERE sid = ?)": after_sid,
        }
        used = {condition: value for condition, value in conditions.items() if value not in ("", None)}
        where = " AND ".join(["NOT deleted", *used])
        return self._select(f"WHERE {where} ORDER BY id DESC LIMIT ?", (*used.values(), limit))

    def _add(self, **values: Any) -> Sms:
        sid = f"SM{secrets.token_hex(16)}"
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO sms (sid, {names}) VALUES (?, {marks}) RETURNING {COLUMNS}"  # noqa: S608
        (row,) = self._execute(statement, (sid, *values.values()))
        return _sms(row)

    def _select(self, rest: str, values: Iterable[Any] = ()) -> list[Sms]:
        # `rest` is always one of the texts above; what comes from outside is bound.
        return [_sms(row) for row in self._execute(f"SELECT {COLUMNS} FROM sms {rest}", values)]  # noqa: S608

    def _execute(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, tuple(values)).fetchall()


def _sms(row: tuple[Any, ...]) -> Sms:
    *rest, created_at, updated_at, sent_at = row
    values = dict(zip(COLUMNS.split(", "), rest, strict=False))
    for name in ("inbound", "deleted"):
        values[name] = bool(values[name])
    return Sms(
        **values,
        created_at=datetime.fromtimestamp(created_at, UTC),
        updated_at=datetime.fromtimestamp(updated_at, UTC),
        sent_at=None if sent_at is None else datetime.fromtimestamp(sent_at, UTC),
    )
