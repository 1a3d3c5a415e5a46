"""The main flows, and everything going wrong in them: no log line of any process holds what people typed."""

import datetime
import http.client
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import django_rq
import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from django.http import HttpRequest
from django.test import Client as Browser
from django.urls import path

from config.environment import ROOT
from config.logs import Discreet
from config.urls import urlpatterns as real_urlpatterns
from notifications import replies, sweeping
from scheduling.models import Client
from tests.builders import NOW
from tests.faults.processes import wait_until
from tests.notifications.stub_twilio import StubTwilio, break_off, lose_answer, refuse
from tests.pages.desks import Place, slot_of
from tests.retention.filling import whole_redis

NAME, PHONE, BODY, NOTE = "Zoë Kurkuma", "0171 3920077", "Zimtstange kommt", "Safranfaden"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
PLANTED = re.compile(r"(?i)kurkuma|zimtstange|safran|171[\s/]?39[\s]?200[\s]?77")


def planted_and(client: Client | None) -> re.Pattern[str]:
    return re.compile(f"{PLANTED.pattern}|{client.code}") if client else PLANTED


def fail(request: HttpRequest) -> NoReturn:
    """With the person's words in an exception, in its cause, and in a statement."""
    name = request.POST["name"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::bigint", [name])
    except Exception as error:
        logging.getLogger("notifications").exception("client %s failed", 1)
        raise ValueError(f"cannot save {name} {request.POST['phone']}") from error
    raise AssertionError("PostgreSQL takes a name for a number")


def fail_in_a_job() -> None:
    raise IntegrityError(f"Key (name)=({NAME}) already exists. {PHONE} {BODY}")


urlpatterns = [path("fehler/", fail), *real_urlpatterns]


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What the program's own handler would write, of every level of every logger."""
    configured: Any = settings.LOGGING
    assert {each["formatter"] for each in configured["handlers"].values()} == {"short"}
    form = configured["formatters"]["short"]
    assert form["()"] == "config.logs.Discreet"
    lines: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    listening, root = Listening(), logging.getLogger()
    listening.setFormatter(Discreet(form["format"]))
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(before)
    root.removeHandler(listening)


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_the_main_flows_and_their_errors_leave_no_trace_in_the_log(
    place: Place, twilio: StubTwilio, live_redis: Any, log: list[str]
) -> None:
    desk = Browser(raise_request_exception=False)
    desk.force_login(place.worker)
    hour = place.hour(slots=4)
    new = {"who": "new", "name": NAME, "phone": PHONE, "sms_consent": "on"}
    assert desk.post(f"/zeitfenster/{slot_of(hour).pk}/buchen/", new).status_code == 302
    client = Client.objects.get()
    for typed in (NAME, PHONE, client.code, "\x00" + NAME, "nirgends/" + NAME):
        desk.get("/klientinnen/", {"suche": typed})
        desk.get(f"/klientinnen/{typed}/")
    desk.get(f"/zeitfenster/{slot_of(hour, 1).pk}/buchen/", {"kuerzel": client.code})
    edited = {"version": "99", "name": NAME, "phone": PHONE, "note": NOTE}
    assert desk.post(f"/klientinnen/{client.pk}/bearbeiten/", edited).status_code == 200
    for fault in (refuse(400, 21211), refuse(500, 20500), break_off, lose_answer):
        twilio.faults.append(fault)
        sweeping.sweep(now=NOW)
        sweeping.sweep(now=NOW + datetime.timedelta(hours=3))
    replies.receive(sid="SM1", address="+491713920077", body=BODY, now=NOW)
    assert desk.post("/fehler/", {"name": NAME, "phone": PHONE}).status_code == 500
    with pytest.raises(IntegrityError):
        Client.objects.create(
            facility=client.facility, code=client.code, created_at=NOW, created_by=place.worker
        )
    assert any("Internal Server Error: /fehler/" in line for line in log)
    assert any("sqlstate=22P02" in line for line in log)
    assert [line for line in log if planted_and(client).search(line)] == []


def test_a_worker_notes_a_failed_job_without_its_text(live_redis: Any) -> None:
    """In Redis and in the output of the worker and of the child that it forks."""
    job = django_rq.get_queue("default").enqueue("tests.retention.test_logs_of_a_full_run.fail_in_a_job")
    command = [sys.executable, "manage.py", "rqworker", "default", "--burst", "--verbosity=2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    result = job.latest_result()
    assert result is not None
    texts = {"output": done.stdout + done.stderr, "result": str(result.exc_string)}
    told = ("JobFailed: django.db.utils.IntegrityError", "in fail_in_a_job", "raise IntegrityError(")
    assert {place: [each in text for each in told] for place, text in texts.items()} == {
        "output": [True] * 3,
        "result": [True] * 3,
    }
    texts["redis"] = "".join(text for _, text in whole_redis(live_redis))
    assert {place for place, text in texts.items() if PLANTED.search(text)} == set()


def test_the_web_server_s_own_lines_hold_no_query(tmp_path: Path) -> None:
    """gunicorn with its access log on, as an operator might turn it on."""
    written = tmp_path / "web.log"
    with written.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind=127.0.0.1:0", "--access-logfile=-"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until("gunicorn to listen", lambda: ADDRESS.search(written.read_text()))
            found = ADDRESS.search(written.read_text())
            assert found is not None
            browser = http.client.HTTPConnection(found[0].removeprefix("http://"), timeout=20)
            browser.request("GET", "/anmelden/?suche=Kurkuma")
            assert browser.getresponse().status == 200
            browser.close()
            wait_until("the line", lambda: '"GET /anmelden/ HTTP/1.1" 200' in written.read_text())
        finally:
            server.terminate()
            server.wait(20)
    assert [line for line in written.read_text().splitlines() if PLANTED.search(line)] == []


def test_a_command_that_fails_says_nothing_of_what_it_read(tmp_path: Path) -> None:
    code = (
        "from config.logs import take_over_uncaught; take_over_uncaught()\n"
        f"raise ValueError({NAME!r}) from KeyError({BODY!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, PLANTED.search(done.stderr)) == (1, None)
    assert "ValueError (text not logged)" in done.stderr


def test_the_commands_of_manage_py_report_that_way() -> None:
    text = (ROOT / "manage.py").read_text()
    assert text.index("take_over_uncaught()") < text.index("execute_from_command_line(sys.argv)\n\n")


def test_without_the_formatter_the_words_are_found() -> None:
    """The negative control."""
    error = IntegrityError(f"Key (name)=({NAME})")
    record = logging.LogRecord("x", logging.ERROR, "", 0, "x", (), (type(error), error, None))
    assert PLANTED.search(logging.Formatter().format(record)) is not None
