"""Only this machine's own names reach the demo phones, and only files meant for it are handed out."""

from pathlib import Path

import pytest

from tests.demophones.conftest import RunningDemo, get


def test_healthz(running: RunningDemo) -> None:
    answer = get(running, "/healthz")
    assert (answer.status, answer.text) == (200, "ok")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8001", "localhost:8001", "[::1]:8001"])
def test_loopback_names_are_answered(running: RunningDemo, host: str) -> None:
    assert get(running, "/", Host=host).status == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example.org", "127.0.0.1.example.org", "localhost@evil.example.org", "[::1"]
)
@pytest.mark.parametrize("path", ["/", "/postfach", "/healthz", "/2010-04-01/Accounts/x/Messages.json"])
def test_other_names_are_refused(running: RunningDemo, host: str, path: str) -> None:
    assert get(running, path, Host=host).status == 400


def test_the_server_listens_on_loopback_only(running: RunningDemo) -> None:
    assert running.address == "127.0.0.1"


def test_pages_run_and_load_nothing_foreign(running: RunningDemo) -> None:
    headers = get(running, "/").headers
    assert headers["Content-Security-Policy"].split("; ")[:3] == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
    ]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["vendor/htmx.org/htmx.min.js", "pia.css"])
def test_the_applications_static_files_are_served(running: RunningDemo, path: str) -> None:
    root = Path(__file__).resolve().parents[2]
    answer = get(running, f"/static/{path}")
    assert (answer.status, answer.content) == (200, (root / "static" / path).read_bytes())


@pytest.mark.parametrize(
    "path",
    ["/static/../manage.py", "/static/%2e%2e/manage.py", "/static//etc/passwd", "/static/vendor", "/nowhere"],
)
def test_nothing_else_is(running: RunningDemo, path: str) -> None:
    answer = get(running, path)
    assert (answer.status, "Seite nicht gefunden" in answer.text) == (404, True)


def test_a_failure_is_an_answer_too(running: RunningDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    running.store.close()
    answer = get(running, "/")
    assert (answer.status, "Unerwarteter Fehler" in answer.text) == (500, True)
