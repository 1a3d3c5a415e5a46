"""«Personen»: who works where, inviting them, and the end of their roles."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sites import acting, invitation_mails, inviting, people
from sites.access import Permission, permissions_anywhere
from sites.forms import AcceptForm, InviteForm
from sites.models import Invitation, Membership, User
from sites.refusals import Refusal


def _manager(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if Permission.MANAGE_PEOPLE not in permissions_anywhere(user):
        raise Http404
    return user


def _membership(user: User, pk: int) -> Membership:
    return get_object_or_404(people.manageable_memberships(user), pk=pk)


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    user = _manager(request)
    memberships = people.manageable_memberships(user).filter(user__is_system=False)
    invitations = Invitation.objects.filter(
        people.managed_by(user), accepted_at=None, withdrawn_at=None
    ).select_related("clinic", "facility", "created_by")
    return render(
        request,
        "sites/people.html",
        {
            "memberships": memberships.order_by("user__display_name", "role"),
            "invitations": invitations,
            "now": timezone.now(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    user = _manager(request)
    posts = {post.key: post for post in people.manageable_posts(user)}
    choices = [("", "Bitte wählen"), *((key, str(post)) for key, post in posts.items())]
    form = InviteForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        post = posts[form.cleaned_data["role"]]
        try:
            invitation, token = inviting.invite(
                email=form.cleaned_data["email"], post=post, by=user, now=timezone.now()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            _tell(request, invitation, token)
            return redirect("people")
    return render(request, "sites/invite.html", {"form": form})


def _tell(request: HttpRequest, invitation: Invitation, token: str) -> None:
    if invitation_mails.send(invitation, token):
        messages.success(request, f"Die Einladung an {invitation.email} ist unterwegs. Sie gilt sieben Tage.")
    else:
        messages.error(
            request,
            f"Die E-Mail an {invitation.email} konnte nicht gesendet werden. "
            "Bitte laden Sie später noch einmal ein.",
        )


@require_POST
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    user = _manager(request)
    invitation = get_object_or_404(Invitation.objects.filter(people.managed_by(user)), pk=pk)
    try:
        inviting.withdraw(invitation=invitation, by=user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Die Einladung an {invitation.email} ist zurückgezogen.")
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
def end_membership(request: HttpRequest, pk: int) -> HttpResponse:
    user = _manager(request)
    membership = _membership(user, pk)
    if request.method == "POST":
        try:
            people.end_membership(membership=membership, by=user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Die Rolle ist beendet: {membership.user}, {membership}.")
        return redirect("people" if Permission.MANAGE_PEOPLE in permissions_anywhere(user) else "home")
    return render(request, "sites/end_membership.html", {"membership": membership})


@require_http_methods(["GET", "HEAD", "POST"])
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    user = _manager(request)
    membership = _membership(user, pk)
    if request.method == "POST":
        people.reset_second_factor(membership=membership, by=user)
        messages.success(
            request, f"{membership.user} richtet den zweiten Faktor beim nächsten Anmelden neu ein."
        )
        return redirect("people")
    return render(request, "sites/reset_second_factor.html", {"membership": membership})


@login_not_required
@never_cache
@sensitive_post_parameters("password1")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of the mail."""
    now = timezone.now()
    try:
        invitation = inviting.open_invitation(token, now=now)
        return _accept(request, invitation, token)
    except Refusal as refusal:
        return render(request, "sites/invitation_refused.html", {"refusal": refusal}, status=410)


def _accept(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    account = inviting.account_of(invitation)
    if account is not None:
        return _accept_as(request, account, invitation, token)
    someone = User(email=invitation.email)
    form = AcceptForm(request.POST or None, user=someone)
    if request.method == "POST" and form.is_valid():
        inviting.accept(
            token=token,
            now=timezone.now(),
            display_name=form.cleaned_data["display_name"],
            password=form.cleaned_data["password1"],
        )
        messages.success(request, "Ihr Zugang ist eingerichtet. Bitte melden Sie sich jetzt an.")
        return redirect("sign_in")
    return render(request, "sites/accept_invitation.html", {"form": form, "invitation": invitation})


def _accept_as(request: HttpRequest, account: User, invitation: Invitation, token: str) -> HttpResponse:
    """A further role for somebody who can sign in already: only they themselves can take it."""
    signed_in = request.user == account
    if request.method == "POST" and signed_in:
        # The page is open to everybody, so nobody has said yet who acts.
        with acting.as_person(account):
            inviting.accept(token=token, now=timezone.now(), by=account)
        messages.success(request, f"Sie haben jetzt die Rolle {invitation}.")
        return redirect("home")
    context = {"invitation": invitation, "signed_in": signed_in}
    return render(request, "sites/accept_as.html", context)
