"""Addresses of people and their access. allauth asks for its own names beside ours."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as providers
from django.urls import path, re_path

from sites.views import account as own
from sites.views import people, second_factor
from sites.views import providers as provider

urlpatterns = [
    path("anmelden/", account.login, name="sign_in"),
    path("anmelden/", account.login, name="account_login"),
    path("abmelden/", own.sign_out, name="sign_out"),
    path("abmelden/", own.sign_out, name="account_logout"),
    path("anmelden/gesperrt/", account.account_inactive, name="account_inactive"),
    path("anmelden/zweiter-faktor/", mfa.authenticate, name="mfa_authenticate"),
    path("anmelden/passwort/", account.password_reset, name="account_reset_password"),
    path("anmelden/passwort/gesendet/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^anmelden/passwort/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "anmelden/passwort/gesetzt/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("anmelden/mit/<slug:provider_id>/", provider.go, name="openid_connect_login"),
    path("anmelden/mit/<slug:provider_id>/zurueck/", provider.come_back, name="openid_connect_callback"),
    path("anmelden/mit-abgebrochen/", providers.login_cancelled, name="socialaccount_login_cancelled"),
    path("konto/", own.account, name="account"),
    path("konto/passwort/", account.password_change, name="account_change_password"),
    path("konto/passwort/setzen/", account.password_set, name="account_set_password"),
    path("konto/e-mail/", account.email, name="account_email"),
    path("konto/e-mail/<str:key>/", account.confirm_email, name="account_confirm_email"),
    path("konto/bestaetigen/", account.reauthenticate, name="account_reauthenticate"),
    path("konto/bestaetigen/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "konto/bestaetigen/passkey/",
        second_factor.ConfirmByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("konto/zweiter-faktor/", second_factor.Overview.as_view(), name="mfa_index"),
    path("konto/zweiter-faktor/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("konto/zweiter-faktor/app/entfernen/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "konto/zweiter-faktor/ersatzcodes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "konto/zweiter-faktor/ersatzcodes/neu/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("konto/zweiter-faktor/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("konto/zweiter-faktor/passkeys/neu/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("konto/zweiter-faktor/passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path(
        "konto/zweiter-faktor/passkeys/<int:pk>/entfernen/",
        second_factor.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("konto/kurzfristig/", own.short_notice, name="short_notice"),
    path("konto/sitzung/", own.keep_session, name="keep_session"),
    path("konto/sitzung/<int:pk>/beenden/", own.end_session, name="end_session"),
    path("konto/aufheben/", own.hold_form, name="hold_form"),
    path("konto/fortsetzen/", own.resume_form, name="resume_form"),
    path("personen/", people.people_list, name="people"),
    path("personen/einladen/", people.invite, name="invite"),
    path(
        "personen/einladung/<int:pk>/zurueckziehen/", people.withdraw_invitation, name="withdraw_invitation"
    ),
    path("personen/rolle/<int:pk>/beenden/", people.end_membership, name="end_membership"),
    path("personen/rolle/<int:pk>/zweiter-faktor/", people.reset_second_factor, name="reset_second_factor"),
    path("einladung/<str:token>/", people.accept_invitation, name="accept_invitation"),
]
