"""What is written to the log holds no feed secret and no row of the database."""

import logging

import psycopg
import pytest
from django.db import IntegrityError, connection

from config.logs import Discreet


def formatted(message: str, *args: object, error: BaseException | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, message, args, exc_info)
    return Discreet("%(levelname)s %(name)s: %(message)s").format(record)


def test_the_secret_of_a_feed_is_blanked() -> None:
    assert formatted("Not Found: %s", "/calendar/c2VjcmV0.ics?x=1") == (
        "ERROR django.request: Not Found: /calendar/…?x=1"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Alex Muster", "Alex\nMuster"])
def test_the_row_that_postgres_quotes_is_blanked(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE person (name text UNIQUE)")
        cursor.execute("INSERT INTO person VALUES (%s)", [name])
        with pytest.raises(IntegrityError) as caught:
            cursor.execute("INSERT INTO person VALUES (%s)", [name])
    assert isinstance(caught.value.__cause__, psycopg.errors.UniqueViolation)
    assert "Muster" in str(caught.value)
    text = formatted("Internal Server Error", error=caught.value)
    assert text.count("DETAIL: (not logged)") == 2  # PostgreSQL's error, and Django's around it
    assert "person_name_key" in text
    assert "Muster" not in text


def test_all_else_is_kept() -> None:
    assert formatted("%s messages sent", 3) == "ERROR django.request: 3 messages sent"
