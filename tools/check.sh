#!/bin/sh
# All that machines can see without running the program; goes on after a failure, so that one run shows everything.
set -u
cd "$(dirname "$0")/.."
export DEMO=1  # the settings load, with the demo's own keys; nothing here needs a server
bin=.venv/bin
failed=

run() {
    echo "> $*"
    "$@" || failed="$failed $(basename "$1")"
}

run $bin/ruff format --check .
run $bin/ruff check .
run $bin/mypy .
run $bin/djlint --quiet --lint templates
run $bin/lint-imports --no-logo
run $bin/python manage.py makemigrations --check --dry-run
run $bin/python manage.py check --fail-level WARNING

[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
echo "all checks passed"
