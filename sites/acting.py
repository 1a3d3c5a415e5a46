"""In whose name the database is asked: the second wall behind `sites.access`.

The tables with client data have row-level security. Each of these roles owns nothing; a person sees what the
memberships of `pia.user_id` allow, a machine what its work needs (docs/architecture.md, «The second wall»).
A connection begins as `settings.DATABASE_ROLE` with nobody acting, and goes back to that after each request
and each piece of work. Nobody acting means no row.
"""

import enum
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse

from sites.models import User


class System(enum.Enum):
    """The machines, each by its role in the database."""

    WORKER = "pia_worker"  # plans and sends messages
    SMS = "pia_sms"  # takes in what Twilio reports
    PLANNER = "pia_planner"  # imports the network, proposes and publishes months
    KEEPER = "pia_keeper"  # tells clients what is kept of them, and forgets them


@dataclass(frozen=True)
class Actor:
    role: str
    user_id: str = ""


WEB = "pia_web"
NOBODY = Actor(WEB)
# PostgreSQL's name for the role that signed in.
LOGIN_ROLE = "none"

# One round trip. Outside of transactions, so that no rollback brings somebody else back.
TELL = "SELECT set_config('role', %s, false), set_config('pia.user_id', %s, false)"

_actors: "WeakKeyDictionary[BaseDatabaseWrapper, Actor]" = WeakKeyDictionary()


@contextmanager
def as_person(user: User) -> Iterator[None]:
    """Inside the block the database answers as to `user`. Begin it outside of a transaction."""
    with _restored():
        _become(Actor(WEB, str(user.pk)))
        yield


@contextmanager
def as_system(system: System) -> Iterator[None]:
    """Inside the block the database answers as to that machine. Begin it outside of a transaction."""
    with _restored():
        _become(Actor(system.value))
        yield


class ActingMiddleware:
    """Each request acts as nobody until its person is known, and nobody is left acting after it.

    The person is told to the database only for views that ask for somebody signed in: the others either
    need nobody, or say themselves who acts. A request that asks the database nothing costs nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with _restored(), ExitStack() as stack:
            if _actor(_wrapper()) != NOBODY:
                stack.enter_context(_wrapper().execute_wrapper(_as_nobody_at_first))
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> None:
        if getattr(view, "login_required", True) and isinstance(request.user, User):
            _become(Actor(WEB, str(request.user.pk)))


def _as_nobody_at_first(execute: Any, sql: Any, params: Any, many: Any, context: dict[str, Any]) -> Any:
    """Before the first statement of a request, where the process itself is not `pia_web` already."""
    if _actor(context["connection"]).role == _process().role:
        _become(NOBODY)
    return execute(sql, params, many, context)


def _process() -> Actor:
    """How each new connection of this process begins."""
    return Actor(settings.DATABASE_ROLE or LOGIN_ROLE)


def _wrapper() -> BaseDatabaseWrapper:
    return connections[DEFAULT_DB_ALIAS]


def _actor(wrapper: BaseDatabaseWrapper) -> Actor:
    return _actors.get(wrapper) or _process()


def _become(actor: Actor) -> None:
    wrapper = _wrapper()
    before = _actor(wrapper)
    if before == actor:
        return
    # Noted first: the statement itself passes through `_as_nobody_at_first`.
    _actors[wrapper] = actor
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(TELL, [actor.role, actor.user_id])
    except BaseException:
        _actors[wrapper] = before
        raise


@contextmanager
def _restored() -> Iterator[None]:
    wrapper = _wrapper()
    before = _actor(wrapper)
    try:
        yield
    finally:
        _go_back(wrapper, before)


def _go_back(wrapper: BaseDatabaseWrapper, before: Actor) -> None:
    changed = _actor(wrapper) != before
    _actors[wrapper] = before
    if before == _process():
        del _actors[wrapper]
    # A new connection begins with nobody anyway, and a transaction that is lost takes back what it was told.
    if not changed or wrapper.connection is None or wrapper.needs_rollback:
        return
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(TELL, [before.role, before.user_id])
    except Error:
        # Whoever acted must not stay: the next statement opens a new connection.
        wrapper.close()
