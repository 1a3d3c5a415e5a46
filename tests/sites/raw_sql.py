"""Speaking to the database past the models."""

from typing import Any

from django.db import IntegrityError, connection, transaction


def refused_by(statement: str, *values: Any) -> str:
    """The name of the constraint that refuses the raw SQL; "" if none does."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    return ""
