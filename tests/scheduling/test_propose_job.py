"""What cron calls each morning: drafts of the months that each site looks ahead, once."""

import pytest
import time_machine

from scheduling import jobs
from scheduling.models import Change, ConsultationHour
from tests.builders import NOW, make_series, make_site

pytestmark = pytest.mark.django_db


def test_the_job_drafts_what_is_ahead_and_may_run_twice_and_late() -> None:
    site = make_site()
    make_series(site)
    with time_machine.travel(NOW, tick=False):
        jobs.propose_ahead()
        jobs.propose_ahead()
    days = [f"{hour.local_date:%d.%m.%Y}" for hour in ConsultationHour.objects.order_by("starts_at")]
    assert days == ["09.12.2026", "13.01.2027"]
    assert {change.by.email for change in Change.objects.all()} == {"cron@system.invalid"}
