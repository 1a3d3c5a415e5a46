"""What stylesheets refer to exists, so that collectstatic can give every file the address of its content."""

from pathlib import Path

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from pytest_django import Settings


def test_files_get_addresses_of_their_content(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        # The storage of production without its compression, which takes long and refers to nothing.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    address = staticfiles_storage.url("pia.css")
    assert address != "/static/pia.css"
    font = staticfiles_storage.url("vendor/kern-ux-native/fonts/FiraSans-Regular.woff2").rpartition("/")[2]
    assert (tmp_path / address.removeprefix("/static/")).read_text(encoding="utf-8").count(font) == 1
