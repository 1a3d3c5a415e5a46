"""Databases for the length of a run: one with the project's tables, and copies of it; all dropped again."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from django.db import connections
from psycopg import sql

from bench import floor


@contextmanager
def own() -> Iterator[None]:
    """Inside the block, Django's default database is a new one with all tables and no row."""
    default = connections["default"]
    name, test_name = default.settings_dict["NAME"], default.settings_dict["TEST"]["NAME"]
    default.close()
    default.settings_dict["TEST"]["NAME"] = f"bench_{os.getpid()}"
    default.creation.create_test_db(verbosity=0, serialize=False)
    try:
        yield
    finally:
        default.creation.destroy_test_db(name, verbosity=0)
        default.settings_dict["TEST"]["NAME"] = test_name


@contextmanager
def clones() -> Iterator[Callable[[str], str]]:
    """A function that copies the database of an alias and returns the copy's; all go after the block."""
    with ExitStack() as after:

        def clone(source: str) -> str:
            settings = connections[source].settings_dict
            alias = f"clone_{len(connections.databases)}"
            name = f"{settings['NAME']}_{len(connections.databases)}"
            connections[source].close()
            _maintain("CREATE DATABASE {} TEMPLATE {}", name, settings["NAME"])
            connections.databases[alias] = {**settings, "NAME": name}
            after.callback(_drop, alias, name)
            return alias

        yield clone


def _drop(alias: str, name: str) -> None:
    connections[alias].close()
    del connections[alias]
    del connections.databases[alias]
    _maintain("DROP DATABASE {}", name)


def _maintain(statement: str, *names: str) -> None:
    """Runs a statement that no transaction and no connected database may hold."""
    with psycopg.connect(**{**floor.parameters(), "dbname": "postgres"}, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)).as_bytes())
