#!/bin/sh
# Compiles the locks from pyproject.toml: exact versions and hashes, no download addresses.
set -eu
uv=$1
compile() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header "$@"; }

compile --extra work --extra test pyproject.toml -o requirements/all.txt
compile --constraint requirements/all.txt pyproject.toml -o requirements/serving.txt
grep '^uv==' requirements/all.txt | cut -d' ' -f1 | compile - -o requirements/uv.txt
