"""Refusing to start with keys that do not open what is stored."""

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, models
from django.db.models.functions import Length

from sites.encryption import EncryptedTextField, WrongKey
from sites.models import KeyCanary

CANARY = "canary"
REFUSAL = (
    "FIELD_ENCRYPTION_KEYS opens nothing of what is stored in this database: set the keys that it was "
    "written with (a new one goes in front of them, then run manage.py rotate_keys)."
)


def encrypted_models() -> list[tuple[type[models.Model], list[str]]]:
    """Every model of every app that has encrypted fields, with their names; the canary's last.

    Last, so that a key taken away before `rotate_keys` came to its end is noticed at the next start.
    """
    found = [
        (
            model,
            [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)],
        )
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
    ]
    return sorted([each for each in found if each[1]], key=lambda each: each[0] is KeyCanary)


def check_keys() -> None:
    """Raises WrongKey if the configured keys do not open what is stored.

    The first time, a row is written to be tried from then on; what was stored before is tried before that. A
    database that does not answer or has no tables yet has nothing that could be lost.
    """
    try:
        if KeyCanary._meta.db_table not in connection.introspection.table_names():
            return
        if not KeyCanary.objects.exists():
            if settings.DATABASE_ROLE:
                return  # this role does not see all that is stored; migrating leaves a row
            _try_what_is_stored()
            KeyCanary.objects.bulk_create([KeyCanary(pk=1, text=CANARY)], ignore_conflicts=True)
        list(KeyCanary.objects.all())
    except OperationalError:
        return


def _try_what_is_stored() -> None:
    tables = set(connection.introspection.table_names())
    for model, names in encrypted_models():
        for name in names:
            if model._meta.db_table in tables:
                filled = model._base_manager.annotate(length=Length(name)).filter(length__gt=0)
                list(filled.values_list(name, flat=True)[:1])


def refusal() -> str:
    """Why this process must not start, in one line; "" if it may."""
    try:
        check_keys()
    except WrongKey:
        return REFUSAL
    return ""
