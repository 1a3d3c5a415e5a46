"""The mail of an invitation. Mailboxes are read by others too: it names no clinic, no facility, no role."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from sites.models import Invitation

logger = logging.getLogger(__name__)


def link(token: str) -> str:
    """The address that accepts the invitation of `token`."""
    return settings.BASE_URL + reverse("accept_invitation", kwargs={"token": token})


def send(invitation: Invitation, token: str) -> bool:
    """Whether the mail was handed over to the mail server."""
    context = {"invitation": invitation, "url": link(token)}
    text = render_to_string("sites/mail/invitation.txt", context)
    try:
        send_mail("Einladung", text, settings.DEFAULT_FROM_EMAIL, [invitation.email])
    except (OSError, SMTPException) as error:
        logger.error("invitation %s could not be mailed: %s", invitation.pk, type(error).__name__)
        return False
    return True
