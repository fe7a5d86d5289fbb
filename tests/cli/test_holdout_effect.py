"""What the hold-out shows: customers counted on the side that they were drawn for."""

import json
import os
from datetime import UTC, date, datetime, timedelta

import pyarrow.compute as pc
import pytest
from typer.testing import CliRunner

from banks import simulate
from cli.app import app
from cli.holdout_effect import effects_since
from features import open_bank, profiles
from goodcall import Workspace
from governance import vault_of
from outreach import ExperimentError, Ledger, Standing, freeze, in_holdout
from reports import drawn

SINCE, KEY = date(2026, 2, 1), b"sixteen bytes or more"
NOW = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A simulated bank whose hold-out was drawn five months before its last day."""
    made = Workspace(tmp_path_factory.mktemp("effect") / "var")
    simulate(made.bank, customers=600, months=12, seed=5)
    made.holdout_key.write_bytes(KEY)
    people = [Standing(who) for who in profiles(open_bank(made.bank), SINCE)]
    draw = freeze(people, key=KEY, share=0.3, bands=[], day=SINCE)
    with Ledger.of(made, vault_of(made, os.environ)) as ledger:
        ledger.save_draw(draw, now=NOW)
    return made


@pytest.fixture(scope="module")
def draw(place):
    with Ledger.of(place, vault_of(place, os.environ)) as ledger:
        return ledger.draw()


def test_purchases_are_those_of_the_raw_table(place, draw):
    """A family first opened within 90 days, counted by hand over the holdings of either side."""
    bank = open_bank(place.bank)
    family = dict(
        zip(*(bank.read("products")[name].to_pylist() for name in ("product_id", "family")),
            strict=True)
    )  # fmt: skip
    first = {}
    for row in bank.read("holdings").to_pylist():
        key = row["customer_id"], family[row["product_id"]]
        first[key] = min(first.get(key, date.max), row["opened_on"])
    (bought, _) = effects_since(bank, drawn(bank, draw, KEY, draw.day))
    held = {p.customer_id for p in profiles(bank, SINCE) if in_holdout(p, KEY, draw)}
    late = SINCE + timedelta(90)
    buyers = {who for (who, _), day in first.items() if SINCE <= day < late and who in draw.members}
    assert bought.counted == pytest.approx(len(buyers), abs=0.1 * len(buyers))
    assert buyers & held
    assert 0 < bought.held < 1
    assert 0 < bought.contacted < 1


def test_a_bank_that_keeps_its_own_habits_shows_no_effect(place, draw):
    """Its managers know nothing of this draw, so that nothing is shown, or too little is there."""
    opened = open_bank(place.bank)
    found = effects_since(opened, drawn(opened, draw, KEY, draw.day))
    assert [each.name for each in found] == ["families", "left"]
    assert {each.verdict for each in found} <= {"not_shown", "insufficient"}


def test_the_command_tells_and_is_audited(place):
    """A table for a person, figures with intervals for a program, and a line of who asked."""
    words = ["outreach", "holdout", "effect", str(place.bank), "--home", str(place.root)]
    shown = CliRunner().invoke(app, [*words, "--lang", "en"])
    assert shown.exit_code == 0, (shown.output, shown.exception)
    assert "90 days since 2026-02-01" in shown.output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    families, left = told["effects"]
    assert families["difference"]["low"] < families["difference"]["high"]
    assert (families["name"], left["name"], told["since"]) == ("families", "left", "2026-02-01")
    actions = [json.loads(line)["action"] for line in place.audit.read_text().splitlines()]
    assert actions.count("read effect of hold-out") == 2


def test_before_the_days_have_passed_nothing_is_told(place):
    """Who came today has bought nothing yet."""
    bank = open_bank(place.bank)
    last = pc.max(bank.read("balances")["happened_at"]).as_py().date()
    soon = freeze(
        [Standing(who) for who in profiles(bank, last)],
        key=KEY, share=0.3, bands=[], day=last,
    )  # fmt: skip
    with pytest.raises(ExperimentError, match="bring data that reach so far"):
        effects_since(bank, drawn(bank, soon, KEY, soon.day))
