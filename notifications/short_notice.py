"""Who at the facility is told at once, because an hour changes less than a day ahead."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from notifications.models import Channel
from scheduling.models import Change, HourStatus
from sites.models import FACILITY_ROLES, Membership, User

AHEAD = timedelta(hours=24)


def is_short(change: Change) -> bool:
    """Whether what was changed was to begin, or begins now, within a day."""
    return min(_starts(change)) - change.at < AHEAD


def _starts(change: Change) -> list[datetime]:
    spans = [change.data[name] for name in ("from", "to") if isinstance(change.data.get(name), dict)]
    return [change.told_hour.starts_at, *(datetime.fromisoformat(span["starts_at"]) for span in spans)]


def told_start(change: Change) -> datetime:
    """When the hour begins that is told of: where it is now, or was when it was cancelled."""
    span = change.data.get("to")
    if change.told_hour.status == HourStatus.CANCELLED or not isinstance(span, dict):
        return change.told_hour.starts_at
    return datetime.fromisoformat(span["starts_at"])


def teams(facilities: Collection[int]) -> dict[int, list[User]]:
    """By facility: who works there with clients; one query."""
    found: dict[int, list[User]] = defaultdict(list)
    posts = Membership.objects.filter(
        facility__in=facilities, role__in=FACILITY_ROLES, user__is_active=True
    ).select_related("user")
    for post in posts.defer("user__phone").order_by("user"):
        if post.facility_id is not None and post.user not in found[post.facility_id]:
            found[post.facility_id].append(post.user)
    return found


def wishes(user: User) -> list[Channel]:
    """The channels through which `user` wants to be told."""
    wanted = {Channel.EMAIL: user.short_notice_email, Channel.SMS: user.short_notice_sms}
    return [channel for channel, is_wanted in wanted.items() if is_wanted]
