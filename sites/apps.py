from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SitesConfig(AppConfig):
    name = "sites"
    label = "pia_sites"  # django.contrib.sites owns the label "sites"
    verbose_name = "Standorte"

    def ready(self) -> None:
        post_migrate.connect(_leave_a_canary, sender=self)


def _leave_a_canary(**_: Any) -> None:
    """Whoever migrates sees all that is stored, and leaves a row by which every process tries its keys."""
    from sites import key_check

    key_check.check_keys()
