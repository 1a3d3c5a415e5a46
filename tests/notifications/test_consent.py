"""Consent is express, recorded with everything that proves it, and as easily withdrawn as given."""

import datetime
import hashlib

import pytest
from django.db import IntegrityError, connection, transaction

from notifications import consent
from notifications.consent_texts import CURRENT_TEXT, VERSIONS, consent_text
from notifications.models import Consent
from scheduling.languages import Language
from tests.builders import NOW
from tests.notifications.scenes import make_scene

pytestmark = pytest.mark.django_db


def test_what_proves_a_consent_is_recorded() -> None:
    scene = make_scene(consents=False)
    given = consent.give(client=scene.client, by=scene.worker, now=NOW, how="written")

    assert (given.channel, given.purpose, given.text_version, given.language) == (
        "sms",
        "appointments",
        "2026-11",
        "de",
    )
    assert (given.given_at, given.given_how, given.recorded_by) == (NOW, "written", scene.worker)
    assert consent.standing(scene.client) == given


def test_giving_twice_leaves_the_first_as_it_is() -> None:
    scene = make_scene(consents=False)
    first = consent.give(client=scene.client, by=scene.worker, now=NOW)
    second = consent.give(
        client=scene.client, by=scene.psychiatrist, now=NOW + datetime.timedelta(days=1), how="form"
    )

    assert (second, second.given_how, Consent.objects.count()) == (first, "spoken", 1)


def test_a_withdrawn_consent_stays_as_proof_and_can_be_given_anew() -> None:
    scene = make_scene()
    assert consent.withdraw(client=scene.client, by=scene.worker, now=NOW, how="spoken") is True
    assert consent.withdraw(client=scene.client, by=scene.worker, now=NOW, how="spoken") is False
    assert consent.has_standing(scene.client) is False
    consent.give(client=scene.client, by=scene.worker, now=NOW)

    history = [
        (each.withdrawn_how, each.withdrawn_by) for each in Consent.objects.filter(client=scene.client)
    ]
    assert history == [("spoken", scene.worker), ("", None)]


def test_an_unknown_text_or_way_is_refused() -> None:
    scene = make_scene(consents=False)
    with pytest.raises(KeyError):
        consent.give(client=scene.client, by=scene.worker, now=NOW, text_version="2020-01")
    with pytest.raises(ValueError, match="shouted"):
        consent.give(client=scene.client, by=scene.worker, now=NOW, how="shouted")

    assert consent.has_standing(scene.client) is False


def test_the_text_names_purpose_withdrawal_and_that_nothing_depends_on_it() -> None:
    assert consent_text("de", CURRENT_TEXT.version) == CURRENT_TEXT
    for word in ("STOP", "Erinnerung", "Versanddienst", "jederzeit", "Auch ohne SMS"):
        assert word in str(CURRENT_TEXT)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", Language.values)
def test_each_text_stands_in_each_language_and_names_the_way_out(version: str, language: str) -> None:
    text = consent_text(language, version)
    assert ("STOP" in text.text, text.direction) == (True, "rtl" if language in ("ar", "fa") else "ltr")
    assert all(text.words)


def test_the_german_text_of_a_version_stays_what_people_agreed_to() -> None:
    """Who agreed to it agreed to these very words: a change needs a new version."""
    digest = hashlib.sha256(consent_text("de", "2026-11").text.encode()).hexdigest()
    assert digest == "28d2a8187e898af4a3ec64bdb44d630cabc567376e218b2ca4a398bcbe659ee7"


BROKEN = [
    (
        "one_standing_consent",
        "INSERT INTO notifications_consent ({columns}) SELECT {columns} FROM notifications_consent",
    ),
    ("consent_withdrawn_at_has_by_and_how", "UPDATE notifications_consent SET withdrawn_at = given_at"),
    (
        "consent_withdrawn_at_has_by_and_how",
        "UPDATE notifications_consent SET withdrawn_by_id = recorded_by_id, withdrawn_how = 'sms'",
    ),
    (
        "consent_withdrawn_after_given",
        "UPDATE notifications_consent SET withdrawn_by_id = recorded_by_id, withdrawn_how = 'sms', "
        "withdrawn_at = given_at - interval '1 second'",
    ),
]


@pytest.mark.parametrize(("constraint", "sql"), BROKEN)
def test_the_database_holds_what_must_be_true_of_consents(constraint: str, sql: str) -> None:
    make_scene()
    columns = ", ".join(str(field.column) for field in Consent._meta.concrete_fields if not field.primary_key)
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(columns=columns))
