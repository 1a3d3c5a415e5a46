"""A new table that speaks of clients without row-level security fails here."""

from django.apps import apps
from django.db import connection, models

from notifications.models import Message
from scheduling.models import Appointment, Client

# Ids, instants and codes of hours and slots: that a slot is taken is no secret (docs/architecture.md).
OPEN = {"scheduling_change"}
OF_CLIENTS = (Client, Appointment, Message)
# Plain numbers, so that history outlives the rows that it tells of.
KEYS_OF_CLIENTS = {"client_id", "client_ids", "former_id"}


def speaks_of_clients(model: type[models.Model]) -> bool:
    related = [field.related_model for field in model._meta.get_fields() if field.many_to_one]
    by_number = KEYS_OF_CLIENTS & {
        field.column for field in model._meta.concrete_fields if not isinstance(field, models.CharField)
    }
    return model in OF_CLIENTS or any(each in OF_CLIENTS for each in related) or bool(by_number)


def test_every_table_that_speaks_of_clients_has_row_level_security(db: None) -> None:
    expected = {model._meta.db_table for model in apps.get_models() if speaks_of_clients(model)} - OPEN
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relname = ANY (%s)", [[*expected]]
        )
        assert {row[0] for row in cursor.fetchall()} == expected
