"""What every page may know besides its own content."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from sites.access import Permission, permissions_of
from sites.models import User


def demo(request: HttpRequest) -> dict[str, object]:
    """Whether this is the demo, and where its phones and its mails are shown."""
    phones_url = getattr(settings, "DEMO_PHONES_URL", "")
    return {
        "DEMO": getattr(settings, "DEMO", False),
        "DEMO_PHONES_URL": phones_url,
        "DEMO_MAIL_URL": f"{phones_url}/postfach" if phones_url else "",
    }


def doors(request: HttpRequest) -> dict[str, object]:
    """`doors`: which parts of the navigation are for this person. One query, on pages that draw it."""
    return {"doors": SimpleLazyObject(lambda: _doors(request))}


def _doors(request: HttpRequest) -> dict[str, bool]:
    # An error page may be drawn before anybody was looked up.
    user = getattr(request, "user", None)
    permissions = permissions_of(user.held) if isinstance(user, User) else set()
    return {
        "hours": Permission.VIEW_HOURS in permissions,
        "appointments": Permission.VIEW_APPOINTMENTS in permissions,
        "clients": Permission.BOOK in permissions,
        "people": Permission.MANAGE_PEOPLE in permissions,
        "log": Permission.READ_LOG in permissions,
    }


def session(request: HttpRequest) -> dict[str, object]:
    """After how many seconds without a sign of life a session ends: the page warns before."""
    return {"IDLE_SECONDS": settings.IDLE_MINUTES * 60}
