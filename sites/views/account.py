"""The own account: what there is to set, the own sessions, and a form held over a sign-in."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sites import holding, sessions
from sites import short_notice as wishes
from sites.devices import device_of
from sites.forms import ShortNoticeForm
from sites.models import User
from sites.phones import local_format
from sites.refusals import Refusal


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Everything about the own access, in one place."""
    user = cast(User, request.user)
    opened = sessions.open_sessions(user=user, now=timezone.now())
    return render(
        request,
        "account/account.html",
        {
            "roles": user.memberships.select_related("clinic", "facility"),
            "sessions": [(session, device_of(session.user_agent)) for session in opened],
            "session_key": request.session.session_key,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def short_notice(request: HttpRequest) -> HttpResponse:
    """My own wish; it concerns nobody else."""
    user = cast(User, request.user)
    initial = {
        "by_email": user.short_notice_email,
        "by_sms": user.short_notice_sms,
        "phone": local_format(user.phone) if user.phone else "",
    }
    form = ShortNoticeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            wishes.choose(user=user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("phone", str(refusal))
        else:
            messages.success(request, "Gespeichert.")
            return redirect("account")
    return render(request, "account/short_notice.html", {"form": form})


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    sessions.end_session(user=cast(User, request.user), pk=pk)
    messages.success(request, "Die Sitzung ist beendet.")
    return redirect("account")


@require_POST
def keep_session(request: HttpRequest) -> HttpResponse:
    """A sign of life from a page on which somebody is typing; the middleware has noted it."""
    return HttpResponse(status=204)


@require_POST
def hold_form(request: HttpRequest) -> HttpResponse:
    """End the session, and hold the half-filled form of its page until the same person is back."""
    sealed = holding.seal(request)
    sessions.forget(request.session)
    logout(request)
    messages.info(
        request, "Sie wurden abgemeldet, weil Sie länger nicht aktiv waren. Ihre Eingaben sind aufgehoben."
    )
    page = holding.keep(request, sealed) if sealed else resolve_url("home")
    return redirect_to_login(page, resolve_url("sign_in"))


@require_safe
def resume_form(request: HttpRequest) -> HttpResponse:
    """Hand back the held form: as it was left, and only when its sender says so."""
    held = holding.take(request, cast(User, request.user))
    if held is None:
        return redirect("home")
    return render(request, "account/resume_form.html", {"held": held})


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """By POST only, so that no foreign page can sign anyone out. `next` is for whoever comes back."""
    sessions.forget(request.session)
    logout(request)
    page = holding.own_path(request, request.POST.get("next", ""))
    return redirect_to_login(page, resolve_url("sign_in")) if page else redirect("sign_in")
