#!/bin/sh
# Makes .venv with the pinned versions; `setup.sh PYTHON spark` adds what the tests need besides.
set -eu
python=$1
adding=${2:-}

# ensure PACKAGE THING: installs a Debian package where it may, else says how.
ensure() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq "$1"
    else
        echo "$2 is missing; install it: sudo apt-get install $1" >&2
        exit 1
    fi
}

install() {
    .venv/bin/uv pip install --quiet --python .venv/bin/python "$@"
}

add_spark() {
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    [ -n "${JAVA_HOME:-}" ] || command -v java >/dev/null ||
        ensure default-jre-headless "Java, on which Spark runs,"
    release=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    [ "${release:-0}" -ge 17 ] || {
        echo "Spark needs Java 17 or newer; '$java' is ${release:-of no version we could read}." >&2
        echo "Install a newer one and name it: make test JAVA_HOME=/path/to/java" >&2
        exit 1
    }
    # The examples of docs/api.md are run as they stand.
    command -v curl >/dev/null || ensure curl "curl"
    install --require-hashes -r requirements/spark.txt
    touch .venv/ready-spark
}

make_venv() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Goodcall needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1)." >&2
        echo "Name another one: make PYTHON=python3.12" >&2
        exit 1
    }
    "$python" -c 'import ensurepip, venv' 2>/dev/null || ensure python3-venv "Python's venv"
    # LightGBM's wheel needs the OpenMP runtime, which comes with gcc.
    ldconfig -p 2>/dev/null | grep -q libgomp.so.1 || ensure libgomp1 "The OpenMP runtime"

    rm -f .venv/ready
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements/uv.txt
    install --require-hashes -r requirements/all.txt
    install --no-deps --no-build-isolation -e .
    touch .venv/ready
}

case $adding in
    "") make_venv ;;
    spark) add_spark ;;
    *) echo "setup.sh adds only spark, not '$adding'." >&2; exit 1 ;;
esac
