"""docs/api.md says what works: its curl and Python examples are run against a running service."""

import json
import os
import re
import subprocess
from functools import partial
from pathlib import Path

import pytest
from asked_by import APP, GOOD, Keys, a_gate
from busy import AT, MANAGER, OPEN, person
from served import talking_to

from governance.pseudonyms import Pseudonyms
from serving import client

PSEUDONYMS = Pseudonyms(b"a key of thirty-two bytes, or so")
PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
CURL = [code for sort, code in BLOCKS if sort == "sh" and "benchmarks" not in code]
PYTHON = [code for sort, code in BLOCKS if sort == "python"]


@pytest.fixture(scope="module")
def address(busy):
    keys = Keys({GOOD: APP, "scientist": person("scientist")})
    gate = a_gate(keys, now=AT, pseudonyms=PSEUDONYMS)
    with talking_to(busy, now=AT, gate=gate) as (http, _desk):
        yield str(http.base_url).rstrip("/")


def test_there_are_examples():
    """One a resource at least."""
    assert len(CURL) >= 9
    assert len(PYTHON) == 2


@pytest.mark.parametrize("code", CURL)
def test_a_curl_example_is_answered_with_json(address, code):
    """Every command ends well and prints JSON objects."""
    environment = os.environ | {
        "GOODCALL": address,
        "KEY": GOOD,
        "CUSTOMER": str(OPEN[7]),
        "DAY": "2026-06-01",
        "MANAGER": str(MANAGER),
    }
    done = subprocess.run(
        ["/bin/bash", "-ec", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    decoder, rest, answers = json.JSONDecoder(), done.stdout.strip(), 0
    while rest:
        answer, end = decoder.raw_decode(rest)
        assert isinstance(answer, dict)
        rest, answers = rest[end:].lstrip(), answers + 1
    assert answers == code.count("curl ")


def test_the_python_examples_run(address, capsys, monkeypatch):
    """From the score to the problem of somebody who is not known."""
    on_its_clock = partial(client.Client, clock=lambda: AT)
    monkeypatch.setattr(client, "Client", on_its_clock)
    named = {"address": address, "key": GOOD, "customer": OPEN[8], "scientists_key": "scientist"}
    named["pseudonym"] = name = PSEUDONYMS.of("customer_id", OPEN[8])
    exec("".join(PYTHON), named)  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert "unknown_customer" in said
    assert "2026-06-01" in said
    assert name in said
