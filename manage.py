#!/usr/bin/env python
"""Run one of the project's commands; brings the embedded servers for those that need them."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded, keys, logs, roles


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    embedded.provide_for_command(sys.argv)
    logs.take_over_uncaught()
    roles.name_program(sys.argv)
    roles.take_for_command(sys.argv)
    keys.refuse_wrong_keys_for_command(sys.argv)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
