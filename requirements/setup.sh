#!/bin/sh
# Makes .venv with the pinned versions. Installs python3-venv from Debian where it is missing and may.
set -eu
python=$1

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Goodcall needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1)." >&2
    echo "Name another one: make PYTHON=python3.12" >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq python3-venv
    else
        echo "Python's venv is missing; install it: sudo apt-get install python3-venv" >&2
        exit 1
    fi
}
# LightGBM's wheel needs the OpenMP runtime, which comes with gcc.
ldconfig -p 2>/dev/null | grep -q libgomp.so.1 || {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq libgomp1
    else
        echo "The OpenMP runtime is missing; install it: sudo apt-get install libgomp1" >&2
        exit 1
    fi
}

rm -f .venv/ready
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r requirements/uv.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/all.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
touch .venv/ready
