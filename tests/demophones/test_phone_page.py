"""The page shows one phone per number, the newest on top, with what it got and how far each message came."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from config.demophones.store import Sms
from tests.demophones.conftest import (
    ACCOUNT,
    OTHER_PHONE,
    PHONE,
    Application,
    RunningDemo,
    get,
    post_form,
)

NOW = datetime(2026, 3, 29, 8, 0, tzinfo=UTC)  # the morning after the clocks went forward


def put(running: RunningDemo, text: str = "Termin", *, to: str = PHONE, minutes: int = 0) -> Sms:
    """A message that stays where it is."""
    return running.store.add_outbound(
        to=to,
        sender=ACCOUNT.sender,
        service_sid="",
        text=text,
        status_callback="",
        now=NOW + timedelta(minutes=minutes),
    )


def live_url(page: str) -> str:
    """Where the page asks for what is new."""
    (url,) = re.findall(r'id="live" hx-get="([^"]+)"', page)
    return str(url)


def shown(page: str, pattern: str) -> list[str]:
    return re.findall(pattern, page)


def test_without_messages_it_says_how_to_get_one(running: RunningDemo) -> None:
    page = get(running, "/")
    assert (page.status, "Noch keine SMS" in page.text) == (200, True)


def test_the_phone_with_the_newest_message_is_on_top(running: RunningDemo) -> None:
    for text, to in [("eins", PHONE), ("zwei", OTHER_PHONE), ("drei", PHONE)]:
        put(running, text, to=to)
    page = get(running, "/").text
    assert shown(page, r'data-phone="([^"]+)"') == [PHONE, OTHER_PHONE]
    assert shown(page, r'demo-phone__number">([^<]+)<') == ["0171 3920012", "0176 04069034"]
    assert shown(page, r'demo-bubble__text">([^<]+)<') == ["eins", "drei", "zwei"]


def test_times_are_those_of_berlin(running: RunningDemo) -> None:
    put(running, minutes=-8 * 60)
    put(running)
    assert shown(get(running, "/").text, r"<time [^>]+>([^<]+)</time>") == [
        "So 29.03. 01:00",
        "So 29.03. 10:00",
    ]


@pytest.mark.parametrize(
    ("status", "label"),
    [("queued", "in der Warteschlange"), ("sent", "gesendet"), ("delivered", "zugestellt")],
)
def test_the_status_is_shown(running: RunningDemo, status: str, label: str) -> None:
    running.store.set_status(put(running).sid, status, now=NOW)
    assert shown(get(running, "/").text, r'kern-label">([^<]+)</span></span>') == [label]


def test_older_messages_fold_away(running: RunningDemo) -> None:
    for number in range(60):
        put(running, f"Nr. {number}")
    page = get(running, "/").text
    assert "Ältere Nachrichten (56)" in page
    assert shown(page.split("</details>")[1], r'demo-bubble__text">([^<]+)<') == [
        f"Nr. {number}" for number in range(56, 60)
    ]
    assert len(shown(page, "demo-bubble__text")) == 50


def test_a_long_message_says_its_parts(running: RunningDemo) -> None:
    put(running, "kurz")
    put(running, "x" * 161)
    assert shown(get(running, "/").text, r"\d+ Teile") == ["2 Teile"]


def test_what_the_application_deletes_stays_on_the_phone(running: RunningDemo) -> None:
    emptied, deleted = put(running, "eins"), put(running, "zwei")
    running.store.redact(emptied.sid, now=NOW)
    running.store.delete(deleted.sid)
    page = get(running, "/").text
    assert shown(page, r'demo-bubble__text">([^<]+)<') == ["eins", "zwei"]
    assert page.count("Beim SMS-Dienst ist der Text gelöscht.") == 2


def test_a_phone_that_sent_stop_offers_start(running: RunningDemo) -> None:
    put(running)
    words = r'name="word" value="([^"]+)"'
    assert shown(get(running, "/").text, words) == ["STOP", "JA", "NEIN"]
    post_form(running, phone=PHONE, word="STOP")
    page = get(running, "/").text
    assert shown(page, words) == ["START"]
    assert "Weitere werden mit Fehler 21610 abgelehnt" in page


def test_an_unreachable_application_is_named(running: RunningDemo, application: Application) -> None:
    put(running)
    application.stop()
    post_form(running, phone=PHONE, text="JA")
    page = get(running, "/").text
    assert "nicht angekommen" in page
    assert "Die Anwendung ist nicht erreichbar" in page


def test_everything_is_escaped(running: RunningDemo) -> None:
    evil = "<script>alert('1')</script>\"&"
    put(running, evil)
    post_form(running, phone=PHONE, text=evil)
    page = get(running, "/").text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;&quot;&amp;") == 2


def test_the_open_page_gets_only_what_is_new(running: RunningDemo) -> None:
    put(running, "eins")
    url = live_url(get(running, "/").text)
    assert get(running, url).status == 204
    put(running, "zwei")
    fragment = get(running, url)
    assert fragment.status == 200
    assert fragment.text.startswith('<div id="live"')
    assert shown(fragment.text, r'demo-bubble__text">([^<]+)<') == ["eins", "zwei"]
    assert get(running, live_url(fragment.text)).status == 204


def test_both_pages_lead_to_each_other_and_to_the_application(running: RunningDemo) -> None:
    for path in ("/", "/postfach"):
        links = shown(get(running, path).text, r'<li><a href="([^"]+)"')
        assert links == ["/", "/postfach", f"{running.demo.base_url}/"]
