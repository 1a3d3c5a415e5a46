"""What the worker and cron call: each looks at the clock and calls one function."""

from django.utils import timezone

from notifications import doorbell, sweeping
from notifications.retention import purging


def answer_doorbell() -> None:
    doorbell.hush()
    sweeping.plan_and_deliver(now=timezone.now())


def sweep() -> None:
    sweeping.sweep(now=timezone.now())


def purge() -> None:
    purging.purge(now=timezone.now())
