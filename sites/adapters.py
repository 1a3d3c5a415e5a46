"""How django-allauth behaves here: nobody signs up, every address is vouched for, and it speaks German."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from sites import sessions
from sites.encryption import decrypt, encrypt
from sites.models import User

logger = logging.getLogger(__name__)

# What a person is told by mail about the own account, by allauth's name of the occasion.
NOTICES = {
    "account/email/password_changed": "Das Passwort Ihres Zugangs wurde geändert.",
    "account/email/password_reset": "Das Passwort Ihres Zugangs wurde neu gesetzt.",
    "account/email/password_set": "Für Ihren Zugang wurde ein Passwort gesetzt.",
    "account/email/email_changed": "Die E-Mail-Adresse Ihres Zugangs wurde geändert.",
    "account/email/email_confirm": "Die E-Mail-Adresse Ihres Zugangs wurde bestätigt.",
    "account/email/email_deleted": "Eine E-Mail-Adresse Ihres Zugangs wurde entfernt.",
    "mfa/email/totp_activated": "Für Ihren Zugang wurde eine Authenticator-App eingerichtet.",
    "mfa/email/totp_deactivated": "Die Authenticator-App Ihres Zugangs wurde entfernt.",
    "mfa/email/webauthn_added": "Für Ihren Zugang wurde ein Passkey eingerichtet.",
    "mfa/email/webauthn_removed": "Ein Passkey Ihres Zugangs wurde entfernt.",
    "mfa/email/recovery_codes_generated": "Für Ihren Zugang wurden neue Ersatzcodes erstellt.",
    "socialaccount/email/account_connected": "Ihr Zugang wurde mit einem Anmeldedienst verbunden.",
    "socialaccount/email/account_disconnected": "Ihr Zugang wurde von einem Anmeldedienst getrennt.",
}

WAYS_TO_CONFIRM = {
    "reauthenticate": "Mit dem Passwort bestätigen",
    "mfa_reauthenticate": "Mit einem Code bestätigen",
    "mfa_reauthenticate:webauthn": "Mit einem Passkey bestätigen",
}


def vouch_for_address(user: User) -> None:
    """Tell allauth that the address of `user` is theirs: who invited or entered them has said so."""
    if not EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).exists():
        EmailAddress.objects.filter(user=user, primary=True).update(primary=False)
        EmailAddress.objects.update_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "E-Mail-Adresse und Passwort passen nicht zusammen. Bitte prüfen Sie "
        "beides, auch Groß- und Kleinschreibung des Passworts, und versuchen Sie es erneut.",
        "too_many_login_attempts": "Das waren zu viele falsche Versuche. Bitte warten Sie fünf Minuten, und "
        "versuchen Sie es dann erneut.",
        "rate_limited": "Das waren zu viele Versuche. Bitte warten Sie fünf Minuten.",
        "incorrect_code": "Dieser Code stimmt nicht oder wurde schon benutzt. Bitte geben Sie den "
        "nächsten ein.",
        "incorrect_password": "Dieses Passwort stimmt nicht. Bitte versuchen Sie es erneut.",
        "enter_current_password": "Dieses Passwort stimmt nicht. Bitte geben Sie Ihr jetziges Passwort ein.",
        "email_taken": "Diese Adresse kann nicht verwendet werden. Bitte geben Sie eine andere an.",
        "duplicate_email": "Das ist Ihre jetzige Adresse. Bitte geben Sie eine andere an.",
        "same_as_current": "Das ist Ihre jetzige Adresse. Bitte geben Sie eine andere an.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        vouch_for_address(user)
        sessions.clear_away(now=timezone.now())
        return super().pre_login(request, user, **kwargs)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS_TO_CONFIRM[method["id"]]} for method in methods]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        super().send_notification_mail(
            "account/email/notice", user, {**(context or {}), "happened": NOTICES[template_prefix]}, email
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            # An error page for known addresses alone would tell which are known.
            logger.error("mail %s could not be sent: %s", template_prefix, type(error).__name__)


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": "Ihr Zugang braucht einen zweiten Faktor, und das ist der letzte. "
        "Bitte richten Sie zuerst einen anderen ein.",
        "cannot_generate_recovery_codes": "Ersatzcodes gibt es zu einem zweiten Faktor. Bitte richten Sie "
        "zuerst eine Authenticator-App oder einen Passkey ein.",
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(
            user_id=authenticator.user_id, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        ).exclude(pk=authenticator.pk)
        return not settings.MFA_REQUIRED or others.exists()


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Other providers let existing people in, found by an address that the provider has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> Any:
        """Those of OIDC_PROVIDERS; none comes from the database, so nobody is asked there."""
        configured: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        return [
            SocialApp(
                provider="openid_connect",
                **{name: app[name] for name in ("provider_id", "name", "client_id", "secret", "settings")},
            )
            for app in configured
            if provider in (None, "openid_connect", app["provider_id"])
            and client_id in (None, app["client_id"])
        ]

    def authenticate_by_email(self, sociallogin: SocialLogin) -> Any:
        app = sociallogin.provider.app
        trusted = bool(app and app.settings.get("trust_email"))
        for address in sociallogin.email_addresses:
            # Some send the word "false", which Python takes for true.
            address.verified = trusted or address.verified is True
        return super().authenticate_by_email(sociallogin)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        # allauth wipes the password of a person whose address nobody has vouched for.
        if sociallogin.is_existing:
            vouch_for_address(sociallogin.user)
