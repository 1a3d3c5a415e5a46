"""A second factor for a person of a test, and the codes that their app would show."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.utils import encrypt

from sites.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_second_factor(user: User, secret: str = SECRET) -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)}
    )


def code_now(secret: str = SECRET) -> str:
    """The code that is good now, and for some seconds more: at the end of its half minute the next one."""
    left = 30 - time.time() % 30
    if left < 3:
        time.sleep(left)
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def wrong_code(secret: str = SECRET) -> str:
    """Six digits that are not valid now, nor half a minute before or after."""
    counter = int(time.time()) // 30
    valid = {auth.format_hotp_value(auth.hotp_value(secret, counter + step)) for step in (-1, 0, 1)}
    return next(code for code in ("111111", "222222", "333333", "444444") if code not in valid)
