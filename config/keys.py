"""No process of this project begins its work with keys that do not open what is stored."""

import os
import sys

import django

from config.embedded import SERVERLESS

# What gunicorn takes for «never try to start this again».
BOOT_ERROR = 3


def refuse_wrong_keys() -> None:
    """End this process with one line if the keys are wrong; for a set-up Django."""
    from sites import key_check

    if line := key_check.refusal():
        sys.stderr.write(f"{line}\n")
        raise SystemExit(BOOT_ERROR)


def refuse_wrong_keys_for_command(argv: list[str]) -> None:
    """Do so for the command of manage.py in `argv` if it may read or write what is stored."""
    command = argv[1] if len(argv) > 1 else "help"
    if command.startswith("-") or command in SERVERLESS or {"-h", "--help"} & set(argv):
        return
    if not os.environ.get("DATABASE_URL"):
        return
    django.setup()
    refuse_wrong_keys()
