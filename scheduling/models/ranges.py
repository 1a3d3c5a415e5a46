"""The expressions of the exclusion constraints.

`int8range(id, id, '[]') WITH &&` stands for `id WITH =`: it has a GiST operator class in PostgreSQL's core,
so that no extension (btree_gist) is needed.
"""

from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db.models import F, Func, Value


def same(field: str) -> tuple[Func, str]:
    """Two rows exclude each other only if `field` (an integer key) is equal."""
    return (
        Func(F(field), F(field), Value("[]"), function="int8range", output_field=BigIntegerRangeField()),
        RangeOperators.OVERLAPS,
    )


def overlapping_span() -> tuple[Func, str]:
    """Two rows exclude each other if they share an instant; `ends_at` itself is free again."""
    return (
        Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField()),
        RangeOperators.OVERLAPS,
    )
