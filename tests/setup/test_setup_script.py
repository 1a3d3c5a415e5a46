"""`tools/setup.sh`: one line for what the machine lacks, one installation for each requirement file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import ROOT

OLD = "echo 3.9.2; exit 1\n"
NO_VENV = 'case "$*" in *ensurepip*) exit 1;; esac\necho 3.12.1\n'
# Makes a folder whose Python is the real one, save that its pip only notes what it is asked, or fails.
WORKING = f"""
case "$*" in
    *"-m venv"*)
        rm -rf .venv  # as --clear does
        mkdir -p .venv/bin
        cat >.venv/bin/python <<'END'
#!/bin/sh
case "$*" in
    *"pip --version"*) exit 0;;
    *"pip install"*) echo "$*" >>pip.log; [ ! -e pip.fails ];;
    *) exec {sys.executable} "$@";;
esac
END
        chmod +x .venv/bin/python;;
    *) exec {sys.executable} "$@";;
esac
"""


class Machine:
    """A checkout on a machine whose PATH holds a few tools and the programs that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.programs = folder / "bin"
        (self.checkout / "tools").mkdir(parents=True)
        self.programs.mkdir()
        for name in ("setup.sh", "chromium.sh"):
            shutil.copy(ROOT / "tools" / name, self.checkout / "tools")
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.checkout / name).write_text(f"# {name}\n")
        for tool in ("sh", "dirname", "grep", "rm", "mkdir", "cat", "chmod", "true"):
            path = shutil.which(tool)
            assert path
            (self.programs / tool).symlink_to(path)

    def add(self, name: str, script: str) -> Path:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)
        return path

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", *words],
            cwd=self.checkout,
            env={"PATH": str(self.programs), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def set_up(self, wanted: str = "requirements.txt", **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("tools/setup.sh", wanted, **variables)

    @property
    def installations(self) -> list[str]:
        log = self.checkout / "pip.log"
        return [line.split()[-1] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def the_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_without_python_it_says_what_to_install(machine: Machine) -> None:
    assert the_line(machine.set_up()) == (
        "Python 3.11 or newer is needed, and python3 cannot be run: "
        "install it, for example: apt-get install python3 python3-venv"
    )


def test_an_old_python_is_named_with_its_version(machine: Machine) -> None:
    machine.add("python3", OLD)
    line = the_line(machine.set_up())
    assert line.startswith("Python 3.11 or newer is needed, but python3 is 3.9.2: install a newer one")


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    machine.add("python3", OLD)
    machine.add("python3.12", WORKING)
    assert machine.set_up().returncode == 0
    assert machine.installations == ["requirements.txt"]


def test_a_python_named_by_the_environment_is_the_only_candidate(machine: Machine) -> None:
    machine.add("python3", WORKING)
    line = the_line(machine.set_up(PYTHON="/nowhere/my python"))
    assert line.startswith("Python 3.11 or newer is needed, and /nowhere/my python cannot be run: install it")


def test_without_the_venv_module_it_names_the_package(machine: Machine) -> None:
    machine.add("python3", NO_VENV)
    assert the_line(machine.set_up()) == (
        "python3 lacks the module venv or ensurepip: install it, for example: apt-get install python3-venv"
    )


def test_a_second_run_installs_nothing(machine: Machine) -> None:
    machine.add("python3", WORKING)
    assert machine.set_up().returncode == 0
    second = machine.set_up()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert machine.installations == ["requirements.txt"]


def test_packages_are_checked_against_their_hashes(machine: Machine) -> None:
    machine.add("python3", WORKING)
    machine.set_up()
    assert "--require-hashes" in (machine.checkout / "pip.log").read_text()


def test_other_requirements_are_installed_again(machine: Machine) -> None:
    machine.add("python3", WORKING)
    machine.set_up()
    (machine.checkout / "requirements.txt").write_text("# others\n")
    machine.set_up()
    assert machine.installations == ["requirements.txt", "requirements.txt"]


def test_the_requirements_of_development_hold_those_of_the_demo(machine: Machine) -> None:
    machine.add("python3", WORKING)
    machine.set_up("requirements.txt")
    machine.set_up("requirements-dev.txt")
    machine.set_up("requirements.txt")
    assert machine.installations == ["requirements.txt", "requirements-dev.txt"]


def test_an_interrupted_installation_is_repeated(machine: Machine) -> None:
    machine.add("python3", WORKING)
    (machine.checkout / "pip.fails").touch()
    failed = machine.set_up()
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == (
        "The packages of requirements.txt could not be installed: see above; check the network and run again."
    )
    (machine.checkout / "pip.fails").unlink()
    assert machine.set_up().returncode == 0
    assert machine.installations == ["requirements.txt", "requirements.txt"]


def test_a_virtual_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.add("python3", WORKING)
    machine.set_up()
    python = machine.checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.10")
    assert machine.set_up().returncode == 0
    assert os.access(python, os.X_OK)


def test_chromium_is_found(machine: Machine) -> None:
    path = machine.add("chromium", "true\n")
    done = machine.run("tools/chromium.sh")
    assert (done.returncode, done.stdout) == (0, f"{path}\n")


def test_chromium_named_by_the_environment_comes_first(machine: Machine) -> None:
    machine.add("chromium", "true\n")
    own = machine.add("own-chromium", "true\n")
    assert machine.run("tools/chromium.sh", CHROMIUM=str(own)).stdout == f"{own}\n"


def test_chromium_that_is_named_but_missing_is_said_in_one_line(machine: Machine) -> None:
    assert the_line(machine.run("tools/chromium.sh", CHROMIUM="/nowhere/chromium")) == (
        "CHROMIUM names /nowhere/chromium, which is no program: set it to a Chromium or unset it."
    )


def test_an_ordinary_user_is_told_how_to_install_chromium(machine: Machine) -> None:
    machine.add("id", "echo 1000\n")
    machine.add("apt-get", "echo called >&2\n")
    assert the_line(machine.run("tools/chromium.sh")) == (
        "The browser tests need Chromium: install it, for example: sudo apt-get install chromium, "
        "or set CHROMIUM=/path/to/it."
    )


def test_root_gets_chromium_installed(machine: Machine) -> None:
    machine.add("id", "echo 0\n")
    program = machine.programs / "chromium"
    machine.add("apt-get", f'case "$*" in *install*) cp /bin/true {program}; echo "Unpacking …";; esac\n')
    (machine.programs / "cp").symlink_to(str(shutil.which("cp")))
    done = machine.run("tools/chromium.sh")
    assert (done.returncode, done.stdout) == (0, f"{program}\n")
