"""What is told of a series keeps its wall-clock time all year, wherever the server stands.

In 2026 the clocks of Berlin go forward in the night to 29 March and back in the night to 25 October, those of
New York on other days. `tests/scheduling/test_wall_clock.py` has the same for planning and booking.
"""

import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.builders import instant
from tests.faults.machine import Machine

pytestmark = pytest.mark.faults

SECOND_WEDNESDAYS = [
    *("2026-01-14", "2026-02-11", "2026-03-11", "2026-04-08", "2026-05-13", "2026-06-10"),
    *("2026-07-08", "2026-08-12", "2026-09-09", "2026-10-14", "2026-11-11", "2026-12-09"),
]
CHANGES = ["2026-03-29", "2026-10-25"]


@pytest.fixture(params=["America/New_York", "UTC"])
def told(request: pytest.FixtureRequest, machine: Machine) -> dict[str, Any]:
    """What a process in that zone told of each day's appointment at 13:00."""
    process = machine.start("-m", "tests.faults.year_of_telling", TZ=request.param, EMAIL_URL="memorymail://")
    assert process.finish(seconds=60) == 0
    return dict(json.loads(process.output.splitlines()[-1]))


def test_every_recipient_reads_thirteen_hours_all_year(told: dict[str, Any]) -> None:
    assert sorted(told) == sorted(SECOND_WEDNESDAYS + CHANGES)
    for day, found in told.items():
        starts_at = instant(date.fromisoformat(day), "13:00")
        times = [datetime.fromisoformat(text) for text in (*found["invitation"], *found["feeds"])]
        assert found["states"] == ["sent"]
        assert (found["sms"], found["mail"]) == (["13:00"], ["13:00"])
        assert times == [starts_at] * 4
        reminded_at = datetime.fromisoformat(found["reminded_at"]).astimezone(ZoneInfo("Europe/Berlin"))
        assert reminded_at.date() == date.fromisoformat(day) - timedelta(days=1)
        assert f"{reminded_at:%H:%M}" == "13:00"
