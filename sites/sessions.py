"""Sessions: which a person has open, when one has been idle too long, and ending them."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from sites.models import User

SEEN_AT = "seen_at"
# Each change of a session is a write; a minute is exact enough for a limit of several.
RESOLUTION = timedelta(minutes=1)


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.IDLE_MINUTES)


def is_idle(session: SessionBase, *, now: datetime) -> bool:
    """Whether `session` gave no sign of life for longer than IDLE_MINUTES."""
    seen_at = session.get(SEEN_AT)
    return seen_at is not None and now.timestamp() - seen_at > idle_limit().total_seconds()


def touch(session: SessionBase, *, now: datetime) -> None:
    """Note a sign of life."""
    seen_at = session.get(SEEN_AT)
    if seen_at is None or now.timestamp() - seen_at >= RESOLUTION.total_seconds():
        session[SEEN_AT] = now.timestamp()
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=now)


def forget(session: SessionBase) -> None:
    """Take the session from the list of its person, because it is about to end."""
    UserSession.objects.filter(session_key=session.session_key).delete()


def clear_away(*, now: datetime) -> None:
    """End all sessions, of anybody, that were idle too long: their addresses and browsers are not kept."""
    for session in UserSession.objects.filter(last_seen_at__lt=now - idle_limit() - RESOLUTION):
        session.end()


def open_sessions(*, user: User, now: datetime) -> list[UserSession]:
    """The sessions of `user` that still let somebody in, latest first; others are cleared away."""
    clear_away(now=now)
    found = UserSession.objects.purge_and_list(user)
    return sorted(found, key=lambda session: session.last_seen_at, reverse=True)


def end_session(*, user: User, pk: int) -> None:
    """End that session if it is one of `user`'s; one that has ended already is no error."""
    for session in UserSession.objects.filter(user=user, pk=pk):
        session.end()


def end_all(*, user: User) -> None:
    """End every session of `user`, in every browser, at once."""
    for session in UserSession.objects.filter(user=user):
        session.end()
