"""How a member of staff wants to be told of what changes less than a day ahead."""

from sites.models import User
from sites.phones import takes_sms
from sites.refusals import Refusal


class NoMobilePhone(Refusal):
    code = "no_mobile_phone"
    sentence = "Für SMS wird eine Mobilnummer gebraucht. Bitte tragen Sie sie ein, zum Beispiel 0171 3920012."


def choose(*, user: User, by_email: bool, by_sms: bool, phone: str) -> User:
    """Keeps the choice of `user`, who makes it for themselves; `phone` in E.164, or empty.

    Raises NoMobilePhone.
    """
    if by_sms and not (phone and takes_sms(phone)):
        raise NoMobilePhone
    user.short_notice_email, user.short_notice_sms, user.phone = by_email, by_sms, phone
    user.save(update_fields=["short_notice_email", "short_notice_sms", "phone"])
    return user
