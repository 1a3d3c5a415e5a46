"""What the views of this app share: who asks, which month, and what becomes of a refusal."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from scheduling.models import ConsultationSeries
from scheduling.months import Month
from scheduling.series_reading import planned_series
from sites.models import Facility, Site, User
from sites.refusals import Refusal


def signed_in(request: HttpRequest) -> User:
    """The user behind the request; the login middleware lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def series_or_404(user: User, pk: int) -> ConsultationSeries:
    """A series at a site that `user` plans, with all that its pages show."""
    if series := planned_series(user, pk):
        return series
    raise Http404


def today(site: Site | None = None) -> datetime.date:
    """The current day at `site`, else in the project's zone."""
    return timezone.localdate(timezone=site.zone if site else None)


def today_at(facility: Facility) -> datetime.date:
    """The current day in `facility`."""
    return timezone.localdate(timezone=facility.zone)


def requested_month(request: HttpRequest, site: Site | None) -> Month:
    """`?monat=2026-12`; the current month of the site for anything else."""
    try:
        return Month.parse(request.GET.get("monat", ""))
    except ValueError:
        return Month.containing(today(site))


def neighbour(month: Month, months: int) -> Month | None:
    """The month so many months on, or None where the calendar ends."""
    try:
        return month.plus(months)
    except ValueError:
        return None


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, even if it was empty; None while it is only shown."""
    return request.POST if request.method == "POST" else None


def say_refusal(request: HttpRequest, refusal: Refusal) -> None:
    messages.error(request, str(refusal))
