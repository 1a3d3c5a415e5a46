#!/bin/sh
# Bring .venv to what a requirement file asks for: tools/setup.sh requirements.txt
# Says one line and ends with 1 where the machine lacks something. Costs nothing when all is there already: a stamp
# says which requirement file was installed with which Python, and is written last.
set -eu
cd "$(dirname "$0")/.."
wanted=$1
venv=.venv
stamp=$venv/.installed

stop() {
    echo "$1" >&2
    exit 1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    too_old=
    set -- python3.13 python3.12 python3.11 python3
    [ -z "${PYTHON:-}" ] || set -- "$PYTHON"
    for candidate; do
        if version=$(version_of "$candidate"); then
            python=$candidate
            return
        fi
        [ -z "$version" ] || too_old="$candidate is $version"
    done
    [ -z "$too_old" ] || stop "Python 3.11 or newer is needed, but $too_old: install a newer one and run again, naming it like PYTHON=/path/to/python3.12."
    stop "Python 3.11 or newer is needed, and ${PYTHON:-python3} cannot be run: install it, for example: apt-get install python3 python3-venv"
}

make_venv() {
    find_python
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        stop "$python lacks the module venv or ensurepip: install it, for example: apt-get install python3-venv"
    echo "making $venv with Python $version" >&2
    "$python" -m venv --clear "$venv" >/dev/null ||
        stop "$python cannot make $venv: see above; where that folder is somebody else's, remove it."
}

# Installing the development requirements also satisfies those of the demo, which are a part of them.
fingerprint() {
    for file in "$@"; do
        "$venv/bin/python" -c 'import hashlib, sys; print(sys.version.split()[0], hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$file"
    done
}

installed() {
    [ -f "$stamp" ] || return 1
    for file in "$wanted" requirements-dev.txt; do
        ! grep -qxF "$(fingerprint "$file")" "$stamp" || return 0
    done
    return 1
}

[ -f "$wanted" ] || stop "$wanted is missing: get it back with git checkout $wanted"
version_of "$venv/bin/python" >/dev/null || make_venv
installed && exit 0
rm -f "$stamp"
echo "installing $wanted (once, a minute or two)" >&2
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$wanted" ||
    stop "The packages of $wanted could not be installed: see above; check the network and run again."
fingerprint "$wanted" >"$stamp"
