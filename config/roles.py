"""Which role in the database a process has from its first connection on; `sites.acting` does the rest.

What is not named here (`migrate`, `shell`, …) keeps the role that signed in. Told through the environment,
because the settings are read before anything else can say it.
"""

import os
from collections.abc import MutableMapping, Sequence

NAME = "DATABASE_ROLE"
WEB, WORKER, PLANNER, KEEPER = "pia_web", "pia_worker", "pia_planner", "pia_keeper"

OF_COMMAND = {
    "rqworker": WORKER,
    "rqcron": WORKER,
    "send_due": WORKER,
    "import_network": PLANNER,
    "propose_month": PLANNER,
    "publish_month": PLANNER,
    "purge": KEEPER,
    "export_client": KEEPER,
    "erase_client": KEEPER,
    "invite_admin": WEB,
}


def take_for_web(environ: MutableMapping[str, str] = os.environ) -> None:
    environ[NAME] = WEB


def name_program(argv: Sequence[str], environ: MutableMapping[str, str] = os.environ) -> None:
    """So that the history and the server's own lists say which command of manage.py did something."""
    if len(argv) > 1:
        environ["PGAPPNAME"] = f"manage.py {argv[1]}"  # libpq's name for it


def take_for_command(argv: Sequence[str], environ: MutableMapping[str, str] = os.environ) -> None:
    """Say the role of the command of manage.py in `argv`; one that was said before stays for others."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in OF_COMMAND:
        environ[NAME] = OF_COMMAND[command]
