#!/bin/sh
# Compile both requirement files, with hashes, from the ranges in pyproject.toml. Neither names a package index: where
# packages come from is the business of the machine that installs them. Arguments go to uv (for example --upgrade).
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
options="--quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate"
# shellcheck disable=SC2086 # the options are words
"$uv" pip compile $options "$@" --output-file requirements.txt pyproject.toml
# -c: what runs in production is what was tested.
# shellcheck disable=SC2086
"$uv" pip compile $options "$@" --output-file requirements-dev.txt --extra dev -c requirements.txt pyproject.toml
