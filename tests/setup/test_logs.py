"""What is written to the log holds ids, places and types: no feed secret, name, number or row."""

import logging
import sys
import threading
from contextlib import suppress

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.http import HttpResponseNotFound
from django.test import RequestFactory
from django.urls import Resolver404, resolve
from django.utils.log import log_response

from config import logs
from config.logs import Discreet

WHO = "Muster"
FIELDS = "%(levelname)s %(name)s: %(message)s"


def formatted(message: str, *args: object, error: BaseException | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, message, args, exc_info)
    return Discreet(FIELDS).format(record)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Not Found: /calendar/c2VjcmV0.ics", "Not Found: /calendar/…"),
        ("GET /klientinnen/?suche=Alex+Muster&seite=2 200", "GET /klientinnen/?… 200"),
        ("url: /Messages.json?To=%2B491713920012 (Caused", "url: /Messages.json?… (Caused"),
        ("sent to +49 171 3920012", "sent to +…"),
        ("sent to %2B491713920012", "sent to +…"),
        ("refused alex.muster@mail.example.org twice", "refused …@… twice"),
        ("3 messages sent in 12.5 s, what now?", "3 messages sent in 12.5 s, what now?"),
        (
            "Message 123456789012 at 2026-11-22 11:00:00+00:00",
            "Message 123456789012 at 2026-11-22 11:00:00+00:00",
        ),
    ],
)
def test_a_line_keeps_what_it_may(said: str, kept: str) -> None:
    assert formatted("%s", said) == f"ERROR django.request: {kept}"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/klientinnen/Alex/", "(no such address)"),
        ("/klientinnen/Zoë/", "(no such address)"),
        ("/klientinnen/17/", "/klientinnen/17/"),
        ("/kalender/alex.ics", "(no such address)"),
        ("/standorte/alex/", "/standorte/<slug:site>/"),
        ("/", "/"),
    ],
)
def test_of_an_address_only_what_the_program_knows_is_told(
    path: str, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    request = RequestFactory().get(path)
    with suppress(Resolver404):
        request.resolver_match = resolve(path)
    log_response("Not Found: %s", request.path, response=HttpResponseNotFound(), request=request)
    assert [Discreet("%(message)s").format(each) for each in caplog.records] == [f"Not Found: {kept}"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Alex Muster", "Alex\nMuster"])
def test_of_a_violated_constraint_its_name_is_told_and_no_value(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE person (name text UNIQUE)")
        cursor.execute("INSERT INTO person VALUES (%s)", [name])
        with pytest.raises(IntegrityError) as caught:
            cursor.execute("INSERT INTO person VALUES (%s)", [name])
    assert isinstance(caught.value.__cause__, psycopg.errors.UniqueViolation)
    assert "Muster" in str(caught.value)
    text = formatted("Internal Server Error", error=caught.value)
    told = "sqlstate=23505 table=person constraint=person_name_key"
    assert [line for line in text.splitlines() if "sqlstate" in line] == [
        f"psycopg.errors.UniqueViolation: {told}",
        f"django.db.utils.IntegrityError: {told}",
    ]
    assert "test_logs.py" in text
    assert "Muster" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 'Muster'::bigint", "sqlstate=22P02"),
        ("DO $$ BEGIN RAISE 'Muster'; END $$", "sqlstate=P0001"),
        ("SELECT nothing", 'sqlstate=42703 column "nothing" does not exist'),
    ],
)
def test_of_a_failed_statement_no_value_is_told(statement: str, told: str) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match=r"Muster|nothing") as caught:
        cursor.execute(statement)
    assert formatted("x", error=caught.value).splitlines()[-1].partition(": ")[2] == told


def fail_for(name: str) -> None:
    try:
        raise KeyError(name)
    except KeyError as error:
        raise ValueError(f"{name} ist kein Kürzel") from error


def test_an_exception_is_told_by_type_and_place_along_its_causes() -> None:
    with pytest.raises(ValueError, match="Muster") as caught:
        fail_for(WHO)
    group = ExceptionGroup(WHO, [caught.value])
    lines = formatted("x", error=group).splitlines()
    assert [line for line in lines if "text not logged" in line] == [
        "KeyError (text not logged)",
        "ValueError (text not logged)",
        "ExceptionGroup (text not logged)",
    ]
    assert "Muster" not in "\n".join(lines)


def test_another_formatter_s_rendering_is_not_taken_over() -> None:
    with pytest.raises(ValueError, match="Muster") as caught:
        fail_for(WHO)
    error = caught.value
    record = logging.LogRecord("x", logging.ERROR, "", 0, "x", (), (type(error), error, error.__traceback__))
    logging.Formatter().format(record)
    assert "Muster" in (record.exc_text or "")
    assert "Muster" not in Discreet(FIELDS).format(record)


def test_what_ends_the_process_or_a_thread_is_told_the_same_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    logs.take_over_uncaught()
    with pytest.raises(ValueError, match="Muster") as caught:
        fail_for(WHO)
    sys.excepthook(ValueError, caught.value, caught.value.__traceback__)
    thread = threading.Thread(target=fail_for, args=(WHO,))
    thread.start()
    thread.join()
    said = capsys.readouterr().err
    assert (said.count("ValueError (text not logged)"), said.count("Muster")) == (2, 0)
