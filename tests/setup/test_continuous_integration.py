"""`.ci/run` is `make test`, from an empty environment and without a terminal."""

import subprocess
from pathlib import Path

import pytest

from config.environment import ROOT


@pytest.mark.parametrize("code", [0, 2])
def test_it_calls_make_test_and_passes_its_result_on(tmp_path: Path, code: int) -> None:
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$PWD: make $*, HOME ${{HOME:+set}}, input «$(cat)»"\nexit {code}\n')
    make.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci" / "run")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"},
        input="something that nobody asked for",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{ROOT}: make test, HOME set, input «»\n"
    assert done.returncode == code
