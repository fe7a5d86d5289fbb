"""Laws of `goodcall bank import`, as a person at the command line meets them."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from banks import BrokenMapping
from cli.app import app
from features import open_bank

MAPPING = """\
[bank]
name = "corner bank"
zone = "Asia/Shanghai"
currency = "CNY"
first_day = 2025-01-01
last_day = 2025-06-30
[[customers]]
file = "c.csv"
[customers.columns]
customer_id = { from = "id", ids = "customers" }
happened_at = { from = "day" }
known_at = { from = "day" }
kind = { constant = "retail" }
status = { from = "st", codes = { A = "active", C = "closed" } }
"""


@pytest.fixture
def place(tmp_path):
    """A folder with a file of two customers and the mapping that reads it."""
    (tmp_path / "c.csv").write_text("id,day,st\nb,2025-01-02,A\na,2025-01-03,C\n")
    (tmp_path / "m.toml").write_text(MAPPING)
    return tmp_path


def run(*words, fails=False):
    """What the command line says."""
    done = CliRunner().invoke(app, ["bank", "import", *map(str, words)])
    assert (done.exit_code != 0) is fails, done.output
    return done


def test_a_banks_own_files_become_a_bank(place):
    """The command imports, checks and says how many rows there are."""
    options = ("--mapping", place / "m.toml", "--lang", "en")
    said = run("tables", place, place / "bank", *options).stdout
    assert "corner bank" in said
    assert "every contract is kept" in said
    assert open_bank(place / "bank").read("customers")["status"].to_pylist() == ["closed", "active"]


def test_a_check_writes_nothing(place):
    """`--check` says what fills each column, in words or as JSON, and leaves no bank behind."""
    options = ("--mapping", place / "m.toml", "--check")
    for language, words in (("en", "nothing was written"), ("zh", "未写入任何内容")):
        said = run("tables", place, place / "bank", *options, "--lang", language).stdout
        assert words in said
    facts = json.loads(run("tables", place, place / "bank", *options, "--json").stdout)
    filled = {row["column"]: row["filled_with"] for row in facts["columns"]}
    assert filled["customer_id"] == "id, numbered as customers"
    assert filled["kind"] == "constant retail"
    assert filled["status"] == "st, by codes A, C"
    assert filled["known_at"] == "day, as the day ends"
    assert filled["happened_at"] == "day, as the day begins"
    assert "birth_date" in facts["absent"]["customers"]
    assert not (place / "bank").exists()


def test_a_wrong_mapping_fails_the_check(place):
    """What would stop the import stops the check."""
    (place / "m.toml").write_text(MAPPING.replace('"day"', '"tag"'))
    done = run("tables", place, place / "b", "--mapping", place / "m.toml", "--check", fails=True)
    assert isinstance(done.exception, BrokenMapping)
    assert "no column 'tag'; known: id, day, st" in str(done.exception)


def test_the_last_day_can_be_given(place):
    """A nightly import says the day, and the manifest has it."""
    options = ("--mapping", place / "m.toml", "--last-day", "2025-07-01")
    run("tables", place, place / "bank", *options)
    assert str(open_bank(place / "bank").manifest.last_day) == "2025-07-01"


def test_the_example_is_a_mapping_to_learn_from():
    """`--example` needs nothing else and prints TOML."""
    said = tomllib.loads(run("tables", "--example").stdout)
    assert {"bank", "customers", "transactions"} <= set(said)


@pytest.mark.parametrize("data", ["berka", "bank-marketing"])
def test_public_data_sets_keep_their_places(data, tmp_path):
    """SRC and BANK follow the name of the data set, as they always did."""
    done = run(data, tmp_path / "none", tmp_path / "bank", fails=True)
    assert "none" in str(done.exception)
