from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils import timezone


class SitesConfig(AppConfig):
    name = "sites"
    label = "pia_sites"  # django.contrib.sites owns the label "sites"
    verbose_name = "Standorte"

    def ready(self) -> None:
        from sites import lookups  # noqa: F401 - registers them

        post_migrate.connect(_leave_a_canary, sender=self)
        user_logged_in.connect(_note_sign_of_life, dispatch_uid="sites.sign_of_life")


def _leave_a_canary(**_: Any) -> None:
    """Whoever migrates sees all that is stored, and leaves a row by which every process tries its keys."""
    from sites import key_check

    key_check.check_keys()


def _note_sign_of_life(request: Any, **_: Any) -> None:
    """Signing in is the first one, and needs no second write of the session."""
    from sites import sessions

    request.session[sessions.SEEN_AT] = timezone.now().timestamp()
