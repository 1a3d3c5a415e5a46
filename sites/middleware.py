"""What stands before every page: a living session, a second factor, and what browsers may do."""

from collections.abc import Callable
from typing import Any, Protocol

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from sites import holding, sessions

# Nothing here needs a device of the machine but passkeys, which their own policy allows to this address only.
_DENIED = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "usb",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _DENIED)

# What somebody may reach before the second factor is set up: setting it up, and leaving.
BEFORE_SECOND_FACTOR = frozenset(
    {
        "account_reauthenticate",
        "keep_session",
        "hold_form",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "sign_out",
        "account_logout",
    }
)


class View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Say on every answer which devices its page may not ask for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


def polled(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view that pages ask by themselves: that an open page asks is no sign that somebody is there."""
    view.is_polled = True  # type: ignore[attr-defined]
    return view


class SessionRequired(LoginRequiredMiddleware):
    """Asks for a signed-in person who was active within IDLE_MINUTES; what such a person reads is not cached.

    A form that arrives too late is held for its sender (sites.holding) while they sign in again.
    """

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        # Public addresses ask nobody who they are: /healthz answers without a database.
        if not getattr(view_func, "login_required", True):
            return None
        if request.user.is_authenticated:
            now = timezone.now()
            if sessions.is_idle(request.session, now=now):
                return self._end(request)
            if not getattr(view_func, "is_polled", False):
                sessions.touch(request.session, now=now)
            request.is_private = True  # type: ignore[attr-defined]
        return super().process_view(request, view_func, view_args, view_kwargs)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if getattr(request, "is_private", False) and "Cache-Control" not in response:
            # On a shared machine «back» must not show what the last person read.
            add_never_cache_headers(response)
        return response

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> Any:
        return _to_sign_in(request, _page_of(request))

    def _end(self, request: HttpRequest) -> HttpResponseBase:
        held = holding.seal(request)
        sessions.forget(request.session)
        logout(request)
        messages.info(
            request,
            f"Sie waren mehr als {settings.IDLE_MINUTES} Minuten nicht aktiv und wurden abgemeldet. "
            + ("Ihre Eingaben sind aufgehoben. " if held else "")
            + "Bitte melden Sie sich wieder an.",
        )
        if held is None:
            return _to_sign_in(request, _page_of(request))
        return _to_sign_in(request, holding.keep(request, held))


def _page_of(request: HttpRequest) -> str:
    """The page that the person was on: of a fragment or a form not its own address but the page around it."""
    if request.method == "GET" and not request.htmx:  # type: ignore[attr-defined]
        return request.get_full_path()
    return holding.own_path(request, request.headers.get("Referer", "")) or resolve_url("home")


def _to_sign_in(request: HttpRequest, page: str) -> HttpResponse:
    answer = redirect_to_login(page, resolve_url(settings.LOGIN_URL))
    # htmx would follow a redirect and put the sign-in form into the middle of the page.
    return HttpResponseClientRedirect(answer.url) if request.htmx else answer  # type: ignore[attr-defined]


class SecondFactorRequired:
    """Sends everybody who has no second factor yet to set one up, where MFA_REQUIRED says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not settings.MFA_REQUIRED or not getattr(view_func, "login_required", True):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in BEFORE_SECOND_FACTOR or has_second_factor(request):
            return None
        answer = redirect("mfa_index")
        return HttpResponseClientRedirect(answer.url) if request.htmx else answer  # type: ignore[attr-defined]


def has_second_factor(request: HttpRequest) -> bool:
    """Whether it is set up. It was asked for at sign-in then, or this is the session that set it up."""
    return not request.user.is_authenticated or is_mfa_enabled(
        request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
