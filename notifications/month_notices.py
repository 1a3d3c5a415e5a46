"""Telling psychiatrists of months: that drafts wait, and that the next one is still unpublished.

Nothing changes at that moment that would leave a Change: the sweep looks at the drafts as they stand, and
where no drafts are made ahead, at the days that the series give next month and nobody has proposed. A
person is told once of each month of a site; what is due together goes into one mail. Drafts of a site are
due so many days before their month as the site wants to publish.
"""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction

from notifications.models import Channel, Message, MessageKind, MonthNotice
from notifications.models.messages import OF_MONTHS
from scheduling import publishing
from scheduling.models import ConsultationHour, HourStatus
from scheduling.months import Month
from sites.models import Site, User

# No site publishes earlier than this before a month (a constraint of sites), and no month is longer.
FARTHEST = datetime.timedelta(days=365 + 31)


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A month of a site: how many drafts are to be published, and how many days not even proposed."""

    site: Site
    month: datetime.date
    drafts: int
    unproposed: int


# What is told of which month, to be told once: kind, key of the site, first day of the month.
Fact = tuple[str, int, datetime.date]


def plan_month_notices(*, now: datetime.datetime) -> int:
    """Makes the mails that are due; how many. A constant number of queries while nothing is."""
    due = _due(now)
    told = set(MonthNotice.objects.filter(user__in=list(due)).values_list("user", "kind", "site", "month"))
    planned = 0
    for user, facts in due.items():
        new = {fact: hours for fact, hours in facts.items() if (user.pk, *fact) not in told}
        planned += bool(new) and _tell(user, new, now)
    return planned


def _due(now: datetime.datetime) -> dict[User, dict[Fact, list[ConsultationHour]]]:
    """By psychiatrist what should have been told by `now`, with the drafts it is about."""
    due: dict[User, dict[Fact, list[ConsultationHour]]] = defaultdict(lambda: defaultdict(list))
    for hour in [*_drafts(now), *_unproposed(now)]:
        for kind in _kinds_due(hour, now):
            first = Month.containing(hour.local_date).first_date
            due[hour.psychiatrist][(kind.value, hour.site_id, first)].append(hour)
    return due


def _drafts(now: datetime.datetime) -> Iterable[ConsultationHour]:
    return (
        ConsultationHour.objects.filter(
            status=HourStatus.DRAFT,
            starts_at__gt=now,
            starts_at__lt=now + FARTHEST,
            psychiatrist__is_active=True,
        )
        .select_related("site__facility", "psychiatrist")
        .order_by("starts_at", "pk")
    )


def _unproposed(now: datetime.datetime) -> list[ConsultationHour]:
    """What is still to be proposed for the next month, unsaved, at sites that have nothing proposed by
    themselves and want to be reminded by now; one query while there is none."""
    by_month: dict[Month, list[Site]] = defaultdict(list)
    for site in Site.objects.filter(months_ahead=0).select_related("facility"):
        today = now.astimezone(site.zone).date()
        month = Month.containing(today).plus(1)
        if (month.first_date - today).days <= site.remind_days_ahead:
            by_month[month].append(site)
    return [
        hour
        for month, sites in by_month.items()
        for hour in publishing.plan_month(sites=sites, month=month, now=now)
        if hour.psychiatrist.is_active
    ]


def _kinds_due(hour: ConsultationHour, now: datetime.datetime) -> list[MessageKind]:
    today = now.astimezone(hour.zone).date()
    month = Month.containing(hour.local_date)
    days = (month.first_date - today).days
    kinds = []
    if hour.pk and days <= hour.site.publish_days_ahead:
        kinds.append(MessageKind.DRAFTS_WAIT)
    if month == Month.containing(today).plus(1) and days <= hour.site.remind_days_ahead:
        kinds.append(MessageKind.UNPUBLISHED)
    return kinds


def _tell(user: User, facts: dict[Fact, list[ConsultationHour]], now: datetime.datetime) -> bool:
    """One mail for all `facts`; False if another sweep made it in the same moment."""
    hours = sorted((hour for some in facts.values() for hour in some), key=lambda hour: hour.starts_at)
    urgent = any(kind == MessageKind.UNPUBLISHED for kind, _, _ in facts)
    try:
        with transaction.atomic():
            message = Message.objects.create(
                channel=Channel.EMAIL,
                kind=MessageKind.UNPUBLISHED if urgent else MessageKind.DRAFTS_WAIT,
                hour=next((hour for hour in hours if hour.pk), None),
                recipient_user=user,
                sequence=hours[0].sequence,
                appointment_starts_at=hours[-1].starts_at,
                stage=_days_ahead(hours[0], now),
                due_at=now,
            )
            MonthNotice.objects.bulk_create(
                MonthNotice(user=user, kind=kind, site_id=site, month=month, message=message)
                for kind, site, month in facts
            )
    except IntegrityError:
        return False
    return True


def _days_ahead(hour: ConsultationHour, now: datetime.datetime) -> int:
    first = Month.containing(hour.local_date).first_date
    return max(0, (first - now.astimezone(hour.zone).date()).days)


def still_waiting(message: Message, *, now: datetime.datetime) -> list[Waiting]:
    """The sites and months that `message` is about and in which its recipient still has something to do."""
    notices = message.month_notices.filter(kind__in=OF_MONTHS).select_related("site__facility")
    about = {(notice.site_id, notice.month): notice.site for notice in notices}
    counts = _counts(message, {site.pk for site in about.values()}, now)
    return [
        Waiting(site, month, *counts[(key, month)])
        for (key, month), site in sorted(about.items(), key=lambda each: (each[0][1], each[1].name))
        if (key, month) in counts
    ]


def _counts(
    message: Message, sites: Collection[int], now: datetime.datetime
) -> dict[tuple[int, datetime.date], tuple[int, int]]:
    """Drafts, and days without any, by site and month."""
    counts: dict[tuple[int, datetime.date], tuple[int, int]] = {}
    for hour in [*_drafts(now), *_unproposed(now)]:
        if hour.psychiatrist_id == message.recipient_user_id and hour.site_id in sites:
            key = (hour.site_id, Month.containing(hour.local_date).first_date)
            drafts, unproposed = counts.get(key, (0, 0))
            counts[key] = (drafts + bool(hour.pk), unproposed + (not hour.pk))
    return counts
