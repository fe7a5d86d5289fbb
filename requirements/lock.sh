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

# What is to be looked up among published faults: every pinned version once, and the day.
{
    echo "# Pinned on $(date -u +%F)"
    cat requirements/all.txt requirements/spark.txt requirements/uv.txt \
        | sed -n 's/^\([a-z0-9._-]*==[^ ]*\).*/\1/p' | LC_ALL=C sort -u
} > requirements/pinned.txt
