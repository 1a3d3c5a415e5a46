"""My calendar: the secret addresses that calendars subscribe to."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from notifications import feeds
from notifications.models import CalendarFeed
from scheduling.views.common import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
def my_calendar(request: HttpRequest) -> HttpResponse:
    """My feeds; by POST a new one, whose address is shown this once."""
    user = signed_in(request)
    address = ""
    if request.method == "POST":
        _, token = feeds.create_feed(user=user, by=user, now=timezone.now())
        address = settings.BASE_URL + reverse("calendar_feed", kwargs={"token": token})
    mine = CalendarFeed.objects.filter(user=user, revoked_at=None).order_by("pk")
    return render(request, "notifications/my_calendar.html", {"feeds": mine, "address": address})


@require_POST
def revoke_feed(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    feed = get_object_or_404(CalendarFeed, user=user, pk=pk, revoked_at=None)
    feeds.revoke(feed=feed, by=user, now=timezone.now())
    messages.success(request, "Das Kalender-Abo ist beendet. Diese Adresse zeigt nichts mehr an.")
    return redirect("my_calendar")
