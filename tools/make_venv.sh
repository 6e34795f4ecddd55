#!/bin/sh
# Makes .venv and installs exactly what the given requirements files name, by hash.
# Usage: tools/make_venv.sh STAMP FILE...   Never touches anything outside .venv.
set -eu
stamp=$1
shift

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
    python=$(find_python)
    if [ -z "$python" ]; then
        echo "error: Python 3.11 or newer is needed (Debian/Ubuntu: apt install python3 python3-venv; macOS: brew install python)" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "error: $python cannot make an environment: python3-venv is missing (Debian/Ubuntu: apt install python3-venv)" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
fi

files=""
for file in "$@"; do
    files="$files -r $file"
done
echo "Installing what $* name (once; the next time this is instant) ..."
# shellcheck disable=SC2086  # $files is a list of options
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes $files
touch "$stamp"
