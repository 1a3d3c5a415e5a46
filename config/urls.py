"""All addresses: each app brings its own, this file only joins them."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while this process serves; asks no other server, so that it says nothing about them."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("scheduling.urls")),
    path("", include("sites.urls")),
    path("", include("notifications.urls")),
]
