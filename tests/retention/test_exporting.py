"""A client is told everything: as JSON, as a page, at the desk and on the command line."""

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from notifications.retention.exporting import export_client
from notifications.retention.sections import SECTIONS
from sites import acting
from sites.models import ClientLook
from tests.builders import NOW, make_client
from tests.notifications.stub_twilio import StubTwilio
from tests.pages.desks import Desk, Place, make_place
from tests.retention.filling import ANSWER, BORN, FORMER_PHONE, NAME, NOTE, PHONE, Filled, fill


@pytest.fixture
def filled(place: Place, twilio: StubTwilio) -> Filled:
    return fill(place, twilio)


def exported(*words: str) -> str:
    out = StringIO()
    call_command("export_client", *words, stdout=out)
    return out.getvalue()


def test_all_that_is_kept_is_told(filled: Filled, place: Place) -> None:
    Desk(place.worker).post(f"/klientinnen/{filled.client.pk}/widerruf/")
    content = json.loads(exported(filled.client.code))
    assert list(content)[:3] == ["format", "exported_at", "file"]
    assert set(content) == {"format", "exported_at", *(section.key for section in SECTIONS)}
    (file,) = content["file"]
    assert (file["code"], file["name"], file["birth_date"]) == (filled.client.code, NAME, BORN.isoformat())
    assert (file["phone"], file["note"], file["language"]) == (PHONE, NOTE, "tr")
    assert [each["code"] for each in content["former_codes"]] == [filled.codes[1]]
    assert len(content["appointments"]) == 4
    assert {each["address"] for each in content["messages"] if each["text"]} == {FORMER_PHONE, PHONE}
    assert [each["text"] for each in content["replies"]] == [ANSWER]
    assert "SMS" in content["consents"][0]["text"]
    assert place.site.clinic.name in content["releases"][0]["text"]
    assert str(place.lead) in {each["by"] for each in content["looks"]}
    assert str(place.worker) in {each["by"] for each in content["history"]}
    assert "0171 3920078" in json.dumps(content["history"])


def test_every_section_has_something_to_say_here(filled: Filled) -> None:
    """Else the test above would not notice what is missing."""
    export = export_client(client=filled.client, now=NOW)
    assert [part.key for part in export.parts if not part.entries] == []


def test_nothing_of_anybody_else_is_told(filled: Filled) -> None:
    other = make_client(filled.client.facility, name="Bo Beispiel", phone="0171 3920055")
    text = exported(filled.client.code) + exported(filled.client.code, "--format=html")
    assert [word for word in ("Bo Beispiel", other.code, "3920055") if word in text] == []


def test_the_page_as_a_file_needs_nothing_else(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "auskunft.html"
    assert exported(filled.client.code, "--format=html", f"--output={file}") == (
        f"Die Auskunft steht in {file}.\n"
    )
    text = file.read_text()
    assert ("Zoë Kurkuma-Ingwer" in text, "23.07.1981" in text, "0171 3920077" in text) == (True, True, True)
    assert [word for word in ("<script", "<style", "<link", "src=", "href=") if word in text] == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_is_never_overwritten(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("mine")
    with pytest.raises(CommandError, match="gibt es schon"):
        exported(filled.client.code, f"--output={file}")
    assert file.read_text() == "mine"


def test_what_is_typed_is_no_markup(place: Place) -> None:
    client = place.client(name="<script>alert(1)</script>{{ x }}")
    page = exported(client.code, "--format=html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ x }}" in page


def test_a_former_code_finds_the_client_too(filled: Filled) -> None:
    assert json.loads(exported(filled.codes[1].lower()))["file"][0]["code"] == filled.client.code


@pytest.mark.parametrize("code", ["XXX-999", "", "\x00"])
def test_a_code_of_nobody_is_refused(place: Place, code: str) -> None:
    with pytest.raises(CommandError, match="gibt es nicht"):
        exported(code)


def test_a_code_of_two_facilities_asks_which(place: Place) -> None:
    other = make_place()
    first, second = place.client(name="Alex"), other.client(name="Bo")
    type(first).objects.filter(pk=second.pk).update(code=first.code)
    with pytest.raises(CommandError, match="Bitte nennen Sie --facility"):
        exported(first.code)
    content = json.loads(exported(first.code, f"--facility={other.site.facility.slug}"))
    assert content["file"][0]["name"] == "Bo"


# -- at the desk ---------------------------------------------------------------------------------------


def test_the_lead_reads_and_downloads_it(filled: Filled, place: Place) -> None:
    desk = Desk(place.lead)
    links = desk.get(f"/klientinnen/{filled.client.pk}/").links
    page = desk.get(links["Auskunft ansehen und drucken"])
    assert (page.status, page.heading) == (200, "Auskunft über gespeicherte Daten")
    assert page.headings == ["Angaben", *(section.title for section in SECTIONS if section.key != "file")]
    answer = desk.answer(links["Auskunft als Datei (JSON)"])
    assert answer["Content-Disposition"] == f'attachment; filename="auskunft-{filled.client.code}.json"'
    assert (answer["Content-Type"], answer["Cache-Control"].split(",")[0]) == (
        "application/json; charset=utf-8",
        "max-age=0",
    )
    assert json.loads(answer.content)["file"][0]["name"] == NAME


def test_the_wall_lets_the_lead_read_all_that_the_keeper_reads(filled: Filled, place: Place) -> None:
    def keys(actor: Any) -> dict[str, int]:
        with actor:
            parts = export_client(client=filled.client, now=NOW).parts
        return {part.key: len(part.entries) for part in parts}

    assert keys(acting.as_person(place.lead)) == keys(acting.as_system(acting.System.KEEPER))


def test_social_workers_are_not_offered_it(filled: Filled, place: Place) -> None:
    page = Desk(place.worker).get(f"/klientinnen/{filled.client.pk}/")
    assert [text for text in page.links if "Auskunft" in text or "löschen" in text] == []


@pytest.mark.parametrize("words", [[], ["--format=html"]])
def test_handing_it_out_is_a_look(filled: Filled, words: list[str]) -> None:
    before = ClientLook.objects.filter(kind="export").count()
    exported(filled.client.code, *words)
    looks = ClientLook.objects.filter(kind="export").order_by("pk")
    assert (looks.count() - before, looks.last().client_ids) == (1, [filled.client.pk])  # type: ignore[union-attr]
