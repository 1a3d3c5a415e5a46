"""Reads for screens. Each costs a constant number of queries."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from notifications.models import Message, Reply
from notifications.models.messages import PROBLEMS
from scheduling.models import Appointment, Client, Offer, Release
from sites.encryption import blind_indexes
from sites.models import Site


def messages_of(appointment: Appointment) -> QuerySet[Message]:
    """What was told and will be told about `appointment`, in order of time."""
    return (
        Message.objects.filter(appointment=appointment)
        .select_related("recipient_client", "recipient_user")
        .order_by("due_at", "pk")
    )


def messages_about_offer(offer: Offer) -> QuerySet[Message]:
    """Who was told of `offer`, and how it ended, in order of time."""
    about = Message.objects.filter(offer=offer).select_related("recipient_client", "recipient_user")
    return about.order_by("due_at", "pk")


def open_problems(sites: Collection[Site] | QuerySet[Site]) -> QuerySet[Message]:
    """Failed and uncertain messages about appointments at `sites`, the next appointment first."""
    return (
        Message.objects.filter(state__in=PROBLEMS, appointment__slot__site__in=sites)
        .select_related("recipient_client", "recipient_user", "appointment__slot__site__facility")
        .order_by("appointment_starts_at", "pk")
    )


def replies_of(client: Client) -> QuerySet[Reply]:
    """What `client` answered, the newest first; also what came from a phone that several clients share."""
    mine = Q(client=client)
    if client.phone:
        mine |= Q(client=None, address_index__in=blind_indexes(client.phone))
    return Reply.objects.filter(mine).order_by("-received_at", "-pk")


def releases_of(client: Client, *, now: datetime) -> list[Release]:
    """All releases of `client`, the newest first; each says by `stands` whether it stands now."""
    found = client.releases.select_related("clinic", "recorded_by", "withdrawn_by")
    found = found.defer("recorded_by__phone", "withdrawn_by__phone")
    releases = list(found.order_by("-given_at", "-pk"))
    for each in releases:
        each.stands = each.stands_at(now)  # type: ignore[attr-defined]
    return releases
