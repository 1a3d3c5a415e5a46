"""Ways to ask the database that Django has no name for."""

from typing import Any

from django.db.models import CharField, Lookup


@CharField.register_lookup
class Begins(Lookup):
    """`code__begins="KR"`: as `startswith`, and index and row-level security go together.

    PostgreSQL asks an index before a policy only by operators that can't give away what they see (leakproof):
    `^@` is one, LIKE is not and would read all rows that the policy lets through.
    """

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ^@ {right}", (*left_params, *right_params)
