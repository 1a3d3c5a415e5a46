"""Each error page is a whole page in German that says what to do next, even when nothing else works."""

from collections.abc import Callable

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.views import defaults
from django.views.csrf import csrf_failure

View = Callable[[HttpRequest], HttpResponse]


def bad_request(request: HttpRequest) -> HttpResponse:
    return defaults.bad_request(request, BadRequest())


def permission_denied(request: HttpRequest) -> HttpResponse:
    return defaults.permission_denied(request, PermissionDenied())


def page_not_found(request: HttpRequest) -> HttpResponse:
    return defaults.page_not_found(request, Http404())


PAGES = [
    (bad_request, 400, "Diese Anfrage konnten wir nicht verarbeiten"),
    (permission_denied, 403, "Dafür haben Sie keine Berechtigung"),
    (csrf_failure, 403, "Dieses Formular ist abgelaufen"),
    (page_not_found, 404, "Diese Seite gibt es nicht, oder Sie haben keinen Zugriff darauf"),
    (defaults.server_error, 500, "Hier ist etwas schiefgegangen"),
]


# None of these tests may use the database (pytest-django refuses it), nor does the request know a user.
@pytest.mark.parametrize(("view", "status", "heading"), PAGES)
def test_page_says_what_happened_and_what_to_do(
    view: View, status: int, heading: str, rf: RequestFactory
) -> None:
    response = view(rf.get("/x"))
    html = response.content.decode()
    assert response.status_code == status
    assert html.count(f'<h1 class="kern-heading-large">{heading}</h1>') == 1
    assert html.count('<html lang="de">') == 1
    assert html.count("Bitte ") + html.count("wenden Sie sich bitte") == 1
    assert html.count("Zur Startseite") == 1


def test_page_of_a_crash_asks_no_context_processor(rf: RequestFactory) -> None:
    html = defaults.server_error(rf.get("/x")).content.decode()
    assert "hx-headers" not in html
