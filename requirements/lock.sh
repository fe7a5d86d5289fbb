#!/bin/sh
# Compiles the locks from pyproject.toml: exact versions and hashes, no download addresses.
# all.txt runs everything but Spark, spark.txt adds that, serving.txt is what a Bento installs.
set -eu
uv=$1
compile() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header "$@"; }

compile --extra work --extra test pyproject.toml -o requirements/all.txt
compile --constraint requirements/all.txt pyproject.toml -o requirements/serving.txt
sed -n 's/^ *"\(pyspark[^"]*\)".*/\1/p' pyproject.toml \
    | compile --constraint requirements/all.txt - -o requirements/spark.txt
grep '^uv==' requirements/all.txt | cut -d' ' -f1 | compile - -o requirements/uv.txt
