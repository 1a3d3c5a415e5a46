"""A form that arrives after its session has ended: held, encrypted, until the same person is back.

It is kept in the anonymous session of the browser it came from, names the person it belongs to, and is
shown to nobody else: on a shared machine the next one to sign in may be another.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from sites.encryption import WrongKey, decrypt, encrypt
from sites.models import User

_KEY = "held_form"
_PATH = "hold_path"
_LIMIT = 100_000
# What proves who somebody is must be typed anew.
_NEVER_HELD = ("csrfmiddlewaretoken", _PATH, "code", "credential")


@dataclass(frozen=True)
class HeldForm:
    """Where the form goes, and its fields in their order."""

    path: str
    fields: list[tuple[str, str]]


def seal(request: HttpRequest) -> str | None:
    """What `request.user` has posted, encrypted; None where there is nothing to hold."""
    if request.method != "POST" or request.htmx or not request.user.is_authenticated:  # type: ignore[attr-defined]
        return None
    path = own_path(request, request.POST.get(_PATH, "")) or request.get_full_path()
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _NEVER_HELD and "password" not in name
        for value in values
        if isinstance(value, str)
    ]
    text = json.dumps({"user": request.user.pk, "path": path, "fields": fields})
    return encrypt(text) if fields and len(text) <= _LIMIT else None


def keep(request: HttpRequest, sealed: str) -> str:
    """Put it into the session; the path of the page that hands it back."""
    request.session[_KEY] = sealed
    return reverse("resume_form")


def take(request: HttpRequest, user: User) -> HeldForm | None:
    """The form held for `user`, once; what was held for somebody else is gone too."""
    sealed = request.session.pop(_KEY, None)
    if sealed is None:
        return None
    held = json.loads(decrypt(sealed))
    if held["user"] != user.pk:
        return None
    return HeldForm(held["path"], [(name, value) for name, value in held["fields"]])


def own_path(request: HttpRequest, address: str) -> str:
    """`address` without scheme and host if it leads to this site, else nothing."""
    if not address or not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return ""
    origin = f"{request.scheme}://{request.get_host()}"
    path = address.removeprefix(origin)
    return path if path.startswith("/") and not path.startswith("//") else ""


def forget(is_about: Callable[[str], bool]) -> int:
    """Takes from every session what `is_about` says is about somebody; from how many.

    Held forms, and messages that nobody has read yet. Who is signed in stays so.
    """
    changed = 0
    for session in Session.objects.order_by("pk").iterator(chunk_size=200):
        data = session.get_decoded()
        kept = {key: value for key, value in data.items() if not _is_about(is_about, key, value)}
        if kept != data:
            unchanged = Session.objects.filter(pk=session.pk, session_data=session.session_data)
            # One that was written meanwhile shows a new page; its old messages are read by that.
            changed += unchanged.update(session_data=SessionStore().encode(kept))
    return changed


def _is_about(is_about: Callable[[str], bool], key: str, value: Any) -> bool:
    if key.startswith("_auth_"):
        return False
    if key != _KEY:
        return is_about(json.dumps(value, ensure_ascii=False))
    try:
        held = json.loads(decrypt(value))
    except WrongKey:
        return True  # nobody can read it any more
    return is_about(" ".join([held["path"], *(value for _, value in held["fields"])]))
