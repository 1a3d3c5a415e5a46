"""Plans of series, as the form gives them."""

import dataclasses
import datetime
from typing import Any

from scheduling.planning import SeriesPlan
from scheduling.recurrence import Recurrence
from scheduling.slot_plan import Line
from sites.models import Role, Site
from tests.builders import make_room, make_user

LINES = (Line("first", 60), Line("break", 10), Line("follow_up", 30))


def make_plan(site: Site, **rule: Any) -> SeriesPlan:
    """Every second Wednesday of the month from December 2026 on, 13:00 to 15:00; `rule` says otherwise."""
    values: dict[str, Any] = {
        "frequency": "monthly",
        "weekday": "WE",
        "nth": 2,
        "starts_date": datetime.date(2026, 12, 1),
        "from_time": datetime.time(13),
        "to_time": datetime.time(15),
        "zone": site.zone,
    }
    return SeriesPlan(
        Recurrence(**{**values, **rule}),
        make_user(Role.PSYCHIATRIST, clinic=site.clinic),
        make_room(site.facility),
        LINES,
    )


def with_rule(plan: SeriesPlan, **rule: Any) -> SeriesPlan:
    return dataclasses.replace(plan, recurrence=dataclasses.replace(plan.recurrence, **rule))
