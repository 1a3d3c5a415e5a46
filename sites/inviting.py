"""Inviting: asking somebody in, taking it back, and coming in."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from sites.adapters import vouch_for_address
from sites.models import Invitation, Membership, User
from sites.people import NotYours, Post, manageable_posts, managed_by
from sites.refusals import Refusal

VALID_FOR = timedelta(days=7)
ASK_AGAIN = "Bitte lassen Sie sich von der Person, die Sie eingeladen hat, neu einladen."


class InvitationUnknown(Refusal):
    code = "invitation_unknown"
    sentence = (
        f"Diese Einladung gibt es nicht. Bitte öffnen Sie den Link aus der E-Mail vollständig. {ASK_AGAIN}"
    )


class InvitationUsed(Refusal):
    code = "invitation_used"
    sentence = "Diese Einladung wurde schon angenommen. Bitte melden Sie sich mit Ihrer E-Mail-Adresse an."


class InvitationWithdrawn(Refusal):
    code = "invitation_withdrawn"
    sentence = f"Diese Einladung wurde zurückgezogen. {ASK_AGAIN}"


class InvitationExpired(Refusal):
    code = "invitation_expired"
    sentence = f"Diese Einladung ist abgelaufen; sie galt sieben Tage. {ASK_AGAIN}"


class HasRoleAlready(Refusal):
    code = "has_role_already"
    sentence = (
        "Diese Person hat diese Rolle schon. Bitte wählen Sie eine andere Rolle oder eine andere Adresse."
    )


class SignInFirst(Refusal):
    """The address belongs to somebody with a password: only they themselves can take a further role."""

    code = "sign_in_first"
    sentence = (
        "Zu dieser Adresse gibt es schon einen Zugang. Bitte melden Sie sich damit an, und nehmen Sie die "
        "Einladung dann an."
    )


@transaction.atomic
def invite(*, email: str, post: Post, by: User, now: datetime) -> tuple[Invitation, str]:
    """Invite `email` to `post`; returns the invitation and its token, which is stored nowhere.

    An open invitation of the same person to the same post ends with it. Raises NotYours, HasRoleAlready.
    """
    if not by.is_system and post not in manageable_posts(by):
        raise NotYours
    email = email.lower()
    place = {"role": post.role, "clinic": post.clinic, "facility": post.facility}
    if Membership.objects.filter(user__email=email, user__is_active=True, **place).exists():
        raise HasRoleAlready
    open_ones = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, email=email, **place)
    open_ones.update(withdrawn_at=now, withdrawn_by=by)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        token_hash=_digest(token),
        created_at=now,
        created_by=by,
        expires_at=now + VALID_FOR,
        **place,
    )
    return invitation, token


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User, now: datetime) -> Invitation:
    """Take an invitation back. Raises NotYours, InvitationUsed; twice is no error."""
    if not Invitation.objects.filter(managed_by(by), pk=invitation.pk).exists():
        raise NotYours
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationUsed
    if not invitation.withdrawn_at:
        invitation.withdrawn_at, invitation.withdrawn_by = now, by
        invitation.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return invitation


def open_invitation(token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """The invitation behind `token` if it can still be accepted, else the refusal that says why not."""
    found = Invitation.objects.filter(token_hash=_digest(token))
    invitation = (found.select_for_update() if lock else found.select_related("clinic", "facility")).first()
    if invitation is None:
        raise InvitationUnknown
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.withdrawn_at:
        raise InvitationWithdrawn
    if invitation.expires_at <= now:
        raise InvitationExpired
    return invitation


def account_of(invitation: Invitation) -> User | None:
    """Who has the invited address already, with a password of their own or a provider's."""
    user = User.objects.filter(email=invitation.email, is_active=True).first()
    signs_in = user and (user.has_usable_password() or SocialAccount.objects.filter(user=user).exists())
    return user if signs_in else None


@transaction.atomic
def accept(
    *, token: str, now: datetime, display_name: str = "", password: str | None = None, by: User | None = None
) -> User:
    """Come in: as a new person with name and password, or as `by`, who is signed in with the invited address.

    The token proves that the mailbox was read. Raises the refusals of `open_invitation`, and SignInFirst.
    """
    invitation = open_invitation(token, now=now, lock=True)
    account = account_of(invitation)
    if account is not None and account != by:
        raise SignInFirst
    if account is None:
        account = _new_account(invitation, display_name=display_name, password=password)
    Membership.objects.get_or_create(
        user=account, role=invitation.role, clinic=invitation.clinic, facility=invitation.facility
    )
    invitation.accepted_at, invitation.accepted_by = now, account
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return account


def _new_account(invitation: Invitation, *, display_name: str, password: str | None) -> User:
    """Somebody new, or somebody who was entered without a password, or came back after the end of a role."""
    user = User.objects.filter(email=invitation.email).first() or User(email=invitation.email)
    user.display_name = display_name
    user.is_active = True
    user.set_password(password)
    user.save()
    vouch_for_address(user)
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
