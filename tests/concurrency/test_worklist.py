"""Several people at the same thing of the worklist: one takes it, it is done once, the others are told."""

from collections.abc import Callable
from functools import partial

import pytest

from notifications.models import WorkMark
from notifications.worklist import marking
from notifications.worklist.items import Item
from notifications.worklist.marking import WorkDone, WorkMarked, WorkTaken
from sites.refusals import Refusal
from tests.builders import NOW, make_client, make_facility, make_user
from tests.concurrency.racing import ROUNDS_OF_CONTROL, Outcome, race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

MANY = 8


def thing() -> Item:
    client = make_client(make_facility())
    return Item(kind="no_show", client_id=client.pk, subject=1, instance="1", due_at=NOW, what="")


def all_at_once(command: Callable[..., object], **how: object) -> Outcome:
    item = thing()
    return race([partial(command, item=item, by=make_user(), now=NOW, **how) for _ in range(MANY)])


@pytest.mark.parametrize(
    ("command", "how", "refusal"),
    [
        (marking.claim, {}, WorkTaken),
        (marking.finish, {}, WorkDone),
        (marking.note_not_reached, {"seen": 0}, WorkMarked),
    ],
)
def test_one_counts_and_the_others_are_told(
    command: Callable[..., object], how: dict[str, object], refusal: type[Refusal]
) -> None:
    outcome = all_at_once(command, **how)
    outcome.assert_no_errors()
    assert (len(outcome.results), [type(each) for each in outcome.refusals]) == (1, [refusal] * (MANY - 1))
    mark = WorkMark.objects.get()
    assert (mark.version, mark.not_reached_count) == (1, 1 if how else 0)


def test_without_the_lock_they_run_into_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: it is the client's lock that lets them queue up."""
    monkeypatch.setattr(marking, "lock_client", lambda client: None)
    assert any(all_at_once(marking.finish).errors for _ in range(ROUNDS_OF_CONTROL))
