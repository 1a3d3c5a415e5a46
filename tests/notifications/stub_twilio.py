"""A server on loopback that speaks Twilio's Messages API, and misbehaves on request.

Every POST takes the next fault from `faults`; without one it is accepted. What Twilio would have of a message
stands in `messages`, whatever the client was answered.
"""

import base64
import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Fault = Callable[["_Handler", dict[str, str]], None]


class StubTwilio:
    """`down` answers everything with 503; `before_answer` is called while a client waits for its answer."""

    def __init__(self, account_sid: str, auth_token: str) -> None:
        self.account_sid = account_sid
        self.authorization = "Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self.messages: list[dict[str, Any]] = []
        self.posted: list[dict[str, str]] = []
        self.lists = 0
        self.faults: deque[Fault] = deque()
        self.down = False
        self.before_answer: Callable[[dict[str, Any]], object] | None = None
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.stub = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "StubTwilio":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def accept(self, form: dict[str, str]) -> dict[str, Any]:
        with self.lock:
            message = {
                "sid": f"SM{len(self.messages) + 1:032x}",
                "account_sid": self.account_sid,
                "to": form["To"],
                "from": form.get("From"),
                "body": form["Body"],
                "status": "queued",
                "error_code": None,
                "date_created": format_datetime(datetime.now(UTC)),
                "date_sent": None,
                "status_callback": form.get("StatusCallback", ""),
            }
            self.messages.insert(0, message)
            return message


# -- faults -------------------------------------------------------------------------------------------


def lose_answer(handler: "_Handler", form: dict[str, str]) -> None:
    """Takes the message and breaks the connection."""
    handler.stub.accept(form)
    handler.hang_up()


def break_off(handler: "_Handler", form: dict[str, str]) -> None:
    """Breaks the connection without taking the message."""
    handler.hang_up()


def cut_answer(handler: "_Handler", form: dict[str, str]) -> None:
    """Takes the message and breaks the connection in the middle of the answer."""
    content = json.dumps(handler.stub.accept(form)).encode()
    handler.send_response(201)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[:20])
    handler.hang_up()


def answer_nonsense(handler: "_Handler", form: dict[str, str]) -> None:
    """Takes the message and answers with what is no JSON."""
    handler.stub.accept(form)
    handler.answer_raw(201, b"<html>")


def refuse(status: int, code: int) -> Fault:
    def fault(handler: "_Handler", form: dict[str, str]) -> None:
        handler.answer(status, {"code": code, "message": "no", "status": status})

    return fault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    @property
    def stub(self) -> StubTwilio:
        return self.server.stub

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        fields = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
        form = {name: values[0] for name, values in fields.items()}
        if not self._admitted():
            return
        self.stub.posted.append(form)
        if self.stub.faults:
            self.stub.faults.popleft()(self, form)
            return
        message = self.stub.accept(form)
        if self.stub.before_answer is not None:
            self.stub.before_answer(message)
        self.answer(201, message)

    def do_GET(self) -> None:
        if not self._admitted():
            return
        self.stub.lists += 1
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        found = [each for each in self.stub.messages if each["to"] == query["To"]]
        rest = found[(page + 1) * size :]
        following = urlencode({"To": query["To"], "PageSize": size, "Page": page + 1})
        path = urlsplit(self.path).path
        self.answer(
            200,
            {
                "messages": found[page * size : (page + 1) * size],
                "next_page_uri": f"{path}?{following}" if rest else None,
                "uri": self.path,
                "page": page,
                "page_size": size,
            },
        )

    def _admitted(self) -> bool:
        if self.stub.down:
            self.answer(503, {"code": 20503, "message": "down", "status": 503})
            return False
        if self.headers.get("Authorization") != self.stub.authorization:
            self.answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return False
        return True

    def answer(self, status: int, content: dict[str, Any]) -> None:
        self.answer_raw(status, json.dumps(content).encode())

    def answer_raw(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(2)

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the tests' output free of request lines."""
