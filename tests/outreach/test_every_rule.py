"""Every rule and ruling of the contact policy has a test that bears its id."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
IDS = [f"CP_{n:02}" for n in range(1, 53)] + [f"R_{n:02}" for n in range(1, 47)]
_TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
_ID = re.compile(r"(?:CP|R)_\d\d(?!\d)")


@pytest.fixture(scope="module")
def tested():
    """The ids in the names of all tests, with one test for each."""
    found = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for name in _TEST.findall(file.read_text("utf-8")):
            found |= dict.fromkeys(_ID.findall(name), f"{file.name}::{name}")
    return found


@pytest.mark.parametrize("name", IDS)
def test_every_id_is_in_the_name_of_a_test(tested, name):
    """`pytest -k CP_47` or `-k R_30` runs what shows it."""
    assert name in tested


def test_no_test_bears_an_id_that_does_not_exist(tested):
    """A misspelt id would show nothing."""
    assert set(tested) <= set(IDS)
