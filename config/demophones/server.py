"""The web server: loopback only, one thread per request, every answer with strict headers.

Django's request, response, URL and template classes are used without its handler and middleware: those belong
to the application, whose settings they follow.
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.urls import resolve, set_urlconf

from config.demophones import api
from config.demophones.api import ApiError
from config.demophones.demo import Demo
from config.demophones.templating import render
from config.environment import LOOPBACK

logger = logging.getLogger(__name__)

URLCONF = "config.demophones.urls"
API_PREFIX = "/2010-04-01/"
HEADERS = {
    "Cache-Control": "no-store",
    # KERN draws its icons from data: images.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
ERRORS = {
    400: ("Anfrage nicht verstanden", "Bitte gehen Sie zurück und versuchen Sie es noch einmal."),
    403: ("Nicht erlaubt", "Antworten nimmt diese Seite nur von sich selbst an. Bitte laden Sie sie neu."),
    404: ("Seite nicht gefunden", "Bitte gehen Sie zu den Demo-Telefonen oder zum Demo-Postfach."),
    500: ("Unerwarteter Fehler", "Das Protokoll der Demo-Telefone nennt den Grund."),
}


class App:
    """The WSGI application."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = WSGIRequest(environ)
        response = self._answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Length"] = str(len(response.content))
        status = f"{response.status_code} {HTTPStatus(response.status_code).phrase}"
        start_response(status, list(response.items()))
        return [] if request.method == "HEAD" else [response.content]

    def _answer(self, request: WSGIRequest) -> HttpResponse:
        set_urlconf(URLCONF)
        try:
            # A connection closed on an unread body would lose the answer.
            _ = request.body
            _check_host(request)
            if not request.path_info.startswith(API_PREFIX):
                _check_same_origin(request)
            match = resolve(request.path_info, URLCONF)
            return match.func(request, self._demo, **match.kwargs)
        except (BadRequest, SuspiciousOperation):
            return self._error(request, 400)
        except PermissionDenied:
            return self._error(request, 403)
        except Http404:
            return self._error(request, 404)
        except Exception:
            logger.exception("%s %s failed", request.method, request.path_info)
            return self._error(request, 500)
        finally:
            set_urlconf(None)

    def _error(self, request: WSGIRequest, status: int) -> HttpResponse:
        title, text = ERRORS[status]
        if request.path_info.startswith(API_PREFIX):
            return api.refusal(ApiError(20001 if status < 500 else 20500, text, status))
        return render(
            "error.html", {"base_url": self._demo.base_url, "title": title, "text": text}, status=status
        )


def _check_host(request: WSGIRequest) -> None:
    """Refuse names that only point to this machine: a foreign page could read the answers through one."""
    host = request.headers.get("Host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError as error:
        raise BadRequest(host) from error
    if name not in LOOPBACK:
        raise BadRequest(host)


def _check_same_origin(request: WSGIRequest) -> None:
    """Refuse forms of other sites. Every browser names the origin with a POST: none is refused as well."""
    if request.method in ("GET", "HEAD"):
        return
    if request.headers.get("Origin") != f"http://{request.headers['Host']}":
        raise PermissionDenied


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # HTTPServer would ask the name service for its own name here.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]
        self.setup_environ()

    # The worker may send many at once.
    request_queue_size = 128


class _Handler(WSGIRequestHandler):
    # A connection on which nothing comes must not hold its thread for ever.
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:
        """No line per request: the page asks every two seconds."""


def serve(demo: Demo, *, port: int) -> WSGIServer:
    """Bind to loopback; the caller runs `serve_forever`. Port 0 takes a free one. Raises OSError."""
    return make_server("127.0.0.1", port, App(demo), server_class=_Server, handler_class=_Handler)
