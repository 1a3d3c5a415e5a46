"""The subscribed calendar: what its program fetches, without signing in, by a secret address."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from notifications import feeds
from sites import acting


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """304 if the calendar has it already; 404 for an address that is unknown, or was and is revoked."""
    feed = feeds.find_by_token(token)
    if feed is None:
        raise Http404
    now = timezone.now()
    feeds.note_use(feed=feed, now=now)
    with acting.as_person(feed.user):
        calendar = feeds.read(user=feed.user, now=now)
    response = HttpResponse(calendar.content, content_type="text/calendar; charset=utf-8")
    etag = f'"{hashlib.sha256(calendar.content).hexdigest()}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    if calendar.changed_at is not None:
        response["Last-Modified"] = http_date(calendar.changed_at.timestamp())
    # The ETag decides alone: an hour that is withdrawn leaves nothing behind that changed.
    return get_conditional_response(request, etag, None, response) or response
