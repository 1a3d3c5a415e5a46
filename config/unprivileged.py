"""Starting a program that ends with its parent and, where this process is root, runs as somebody else.

PostgreSQL refuses to run as root. The account it gets instead must reach the program and its data, which may
lie below a folder closed to all but root (a home, a fresh temporary folder). Opening that folder to everybody
is not ours to do; instead the program then keeps one of root's capabilities, the right to pass closed
folders.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

# Linux: <linux/prctl.h>, <linux/capability.h>, <linux/securebits.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_SECBIT_NO_SETUID_FIXUP = 4
_CAPABILITY_VERSION_3 = 0x20080522

_LINUX = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """Whom to run as. `passes_closed_folders`: keeps CAP_DAC_OVERRIDE (Linux only)."""

    uid: int
    gid: int
    passes_closed_folders: bool = False


def launch(
    command: Sequence[str | Path],
    *,
    account: Account | None,
    folder: Path,
    output: IO[bytes] | int,
    death_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start `command` in `folder` and in a session of its own, so that a Ctrl-C at the terminal does not
    reach it.

    On Linux it gets `death_signal` when the thread that called this ends, however it ends: call it from a
    thread that lives as long as the program shall. Of this process's variables it sees only what it needs to
    be found.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - only this package's own programs
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**kept, "LC_ALL": "C"},
        start_new_session=True,
        preexec_fn=partial(_become, account, folder, Path(command[0]), death_signal, os.getpid()),
    )


def find_account(program: Path, folders: Iterable[Path], *, first: Iterable[int]) -> Account | None:
    """Return whom `program` should run as so that it can work in `folders`; None to run it as this process.

    Asks the user ids in `first`, then the accounts that exist for such programs. Raises PermissionError where
    none of them gets that far.
    """
    if os.geteuid() != 0:
        return None
    users = [
        user for user in (*_users_by_id(first), *_users_by_name(("postgres", "nobody"))) if user.pw_uid != 0
    ]
    for passes in (False, True) if _LINUX else (False,):
        for user in users:
            account = Account(user.pw_uid, user.pw_gid, passes)
            if all(_can_run(program, account, folder) for folder in folders):
                return account
    raise PermissionError(f"none of {', '.join(user.pw_name for user in users)} can run it")


def _users_by_id(uids: Iterable[int]) -> Iterable[pwd.struct_passwd]:
    for uid in uids:
        try:
            yield pwd.getpwuid(uid)
        except KeyError:
            continue


def _users_by_name(names: Iterable[str]) -> Iterable[pwd.struct_passwd]:
    for name in names:
        try:
            yield pwd.getpwnam(name)
        except KeyError:
            continue


def _can_run(program: Path, account: Account, folder: Path) -> bool:
    try:
        process = launch(
            [program, "--version"],
            account=account,
            folder=folder,
            output=subprocess.DEVNULL,
            death_signal=signal.SIGKILL,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return process.wait() == 0


def die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to send this process `death_signal` when its parent ends (Linux; elsewhere it does
    nothing).
    """
    if _LINUX:
        _prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it ended before the kernel knew
            os.kill(os.getpid(), signal.SIGKILL)


def _become(
    account: Account | None, folder: Path, program: Path, death_signal: signal.Signals, parent: int
) -> None:
    """Runs in the child between fork and exec."""
    if account:
        os.setgroups([])
        os.setresgid(account.gid, account.gid, account.gid)
        if account.passes_closed_folders:
            # Else changing the user drops all capabilities, and access(2), by which PostgreSQL looks for its
            # own programs, never minds them.
            _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
        os.setresuid(account.uid, account.uid, account.uid)
        if account.passes_closed_folders:
            _keep_one_capability()
        if program.is_absolute() and not os.access(program, os.X_OK):
            raise PermissionError(program)
    os.umask(0o077)
    os.chdir(folder)
    # Last, since the kernel forgets it when the user changes.
    die_with_parent(death_signal, parent)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def _keep_one_capability() -> None:
    """Drop all capabilities but CAP_DAC_OVERRIDE, and let that one survive exec."""
    mask = 1 << _CAP_DAC_OVERRIDE
    data = (_CapabilityData * 2)(_CapabilityData(mask, mask, mask), _CapabilityData(0, 0, 0))
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    if _libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(int(argument)) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *padded) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
