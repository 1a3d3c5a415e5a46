"""The second factor: allauth's views where ours must know or refuse more."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.http import HttpResponse


class Overview(IndexView):
    """Also says how many recovery codes are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        codes = context["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        return {**context, "codes_left": len(codes.get_unused_codes()) if codes else 0}


class RemovePasskey(RemoveWebAuthnView):
    """Refuses the last second factor, as allauth does for an app only."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.get_object()):
            form.add_error(None, get_adapter().error_messages["cannot_delete_authenticator"])
            return self.form_invalid(form)
        return super().form_valid(form)


class ConfirmByPasskey(ReauthenticateWebAuthnView):
    """Shows a refusal on the same page; allauth leads to signing in, which leads somebody signed in away."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # allauth's drops what it is given, and with it the form that says what was wrong.
        return {**super().get_context_data(**kwargs), **kwargs}
