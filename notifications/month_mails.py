"""The mail that tells a psychiatrist of months: where, which, how many drafts; no names, no other words."""

from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from notifications import month_notices, wording
from notifications.denylist import DenyList
from notifications.models import Message
from notifications.transports.email import Mail


def month_mail(message: Message, to: str, deny_list: DenyList, now: datetime) -> Mail:
    """Says what still waits. Raises DeniedWord."""
    waiting = month_notices.still_waiting(message, now=now)
    lines = [
        f"{each.site.facility.neutral_name}, {wording.month_name(each.month)}: "
        + wording.to_publish(each.drafts, each.unproposed)
        for each in waiting
    ]
    # Where nothing is proposed there are no drafts to look at: the months offer to propose.
    unproposed = next((each.month for each in waiting if each.unproposed), None)
    page = f"{reverse('months')}?monat={unproposed:%Y-%m}" if unproposed else reverse("drafts")
    subject = wording.SUBJECTS[message.kind]
    for text in (subject, *lines):
        deny_list.check(text)
    context = {
        "headline": wording.HEADLINES[message.kind],
        "lines": lines,
        "link": settings.BASE_URL + page,
    }
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Mail(
        sender=settings.DEFAULT_FROM_EMAIL,
        to=to,
        subject=subject,
        text=render_to_string("notifications/mail/month_mail.txt", context).strip() + "\n",
        html=render_to_string("notifications/mail/month_mail.html", context),
        # The same for each attempt, so that a mail server can tell a second one.
        message_id=f"<monate.{message.pk}@{address.rpartition('@')[2]}>",
    )
