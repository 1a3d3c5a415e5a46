"""A demo of its own for each test: the server on a free port, the real `twilio` client, an application."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from config.demophones.deliveries import Deliveries
from config.demophones.demo import Demo
from config.demophones.server import serve
from config.demophones.store import Store
from config.environment import Twilio

ACCOUNT = Twilio(
    account_sid="AC0123456789abcdef0123456789abcdef",
    auth_token="a-token-for-the-tests",
    sender="+493023125000",
    messaging_service_sid="",
    region="",
    edge="",
    api_base_url="",
)
SERVICE_SID = "MG0123456789abcdef0123456789abcdef"
PHONE = "+491713920012"
OTHER_PHONE = "+4917604069034"


@dataclass(frozen=True)
class Call:
    """One request that the application got."""

    path: str
    fields: dict[str, str]
    signature: str


@dataclass
class Application:
    """Stands for the application: notes what Twilio posts to it, and answers with the statuses of `answers`.

    When those are used up it answers 200.
    """

    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    url: str = ""
    stop: Callable[[], None] = lambda: None

    def statuses(self) -> list[str]:
        return [call.fields["MessageStatus"] for call in self.calls]


@pytest.fixture
def application() -> Iterator[Application]:
    noted = Application()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = dict(parse_qsl(body, keep_blank_values=True))
            noted.calls.append(Call(self.path, fields, self.headers["X-Twilio-Signature"]))
            self.send_response(noted.answers.pop(0) if noted.answers else 200)
            self.send_header("Content-Length", "11")
            self.end_headers()
            self.wfile.write(b"<Response/>")

        def log_message(self, format: str, *args: Any) -> None:
            """Not here."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    noted.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.server_close()

    noted.stop = stop
    yield noted
    stop()


@dataclass(frozen=True)
class RunningDemo:
    """A demo that serves at `address`, which is that of `url`."""

    demo: Demo
    address: str
    url: str

    @property
    def store(self) -> Store:
        return self.demo.store


def run_demo(folder: Path, *, base_url: str, step_seconds: float = 0.01) -> Generator[RunningDemo]:
    """Serve a demo that keeps its files in `folder` until the generator is closed."""
    store = Store(folder / "phones.sqlite3")
    deliveries = Deliveries(
        store=store, account=ACCOUNT, step_seconds=step_seconds, retry_seconds=(0.02, 0.04, 0.08)
    )
    demo = Demo(ACCOUNT, base_url, folder / "mail", store, deliveries)
    server = serve(demo, port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    deliveries.start()
    try:
        address, port = server.socket.getsockname()
        yield RunningDemo(demo, address, f"http://127.0.0.1:{port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        deliveries.stop()
        store.close()


@pytest.fixture
def running(tmp_path: Path, application: Application) -> Iterator[RunningDemo]:
    yield from run_demo(tmp_path, base_url=application.url)


class LoopbackHttpClient(TwilioHttpClient):
    """The client's own, with another scheme and host."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=10)
        assert self.session is not None
        self.session.trust_env = False
        self._url = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self._url), *args, **kwargs)


@pytest.fixture
def connect(running: RunningDemo) -> Iterator[Callable[..., Client]]:
    """A function that makes a client for the running demo, by default with the right credentials."""
    clients: list[LoopbackHttpClient] = []

    def make(account_sid: str = ACCOUNT.account_sid, auth_token: str = ACCOUNT.auth_token) -> Client:
        clients.append(LoopbackHttpClient(running.url))
        return Client(account_sid, auth_token, http_client=clients[-1])

    yield make
    for client in clients:
        assert client.session is not None
        client.session.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


def wait_until(condition: Callable[[], object], *, seconds: float = 10) -> None:
    """Return as soon as the condition holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


@dataclass(frozen=True)
class Answer:
    """What the demo phones answered to a request."""

    status: int
    headers: Message
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


def get(running: RunningDemo, path: str, **headers: str) -> Answer:
    """Ask for a page."""
    return _request(running, "GET", path, None, headers)


def post_form(running: RunningDemo, *, headers: dict[str, str] | None = None, **form: str) -> Answer:
    """Answer from a phone, by default as its page does."""
    return _request(
        running,
        "POST",
        "/antworten",
        urlencode(form),
        {"Origin": running.url} if headers is None else headers,
    )


def _request(
    running: RunningDemo, method: str, path: str, body: str | None, headers: dict[str, str]
) -> Answer:
    if body is not None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    connection = HTTPConnection(running.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
