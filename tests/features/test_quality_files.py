"""Files of gates and of profiles: what is refused and in which words; profiles name nobody."""

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from quality_bank import GATES, clean_rows, faults, made

from features.errors import QualityError
from features.quality.check import check_quality
from features.quality.gates import MEASURES
from features.quality.loading import default_gates, default_gates_text, load_gates, parse_gates
from features.quality.profile import load_profile, profile_of, save_profile
from features.tables import TABLES

TOP = "fewest_rows = 100\n"
REFUSED = [
    ("fewest_rows = ", "does not read as TOML"),
    ("[all]\n", "line 1: fewest_rows is missing; add fewest_rows = a whole number of 1"),
    (f"{TOP}[al]\n", "line 2.*key 'al' is unknown here; known: fewest_rows, all, table"),
    (
        f"{TOP}[table.clients]\n",
        r"line 2 \[table\]: table 'clients' is unknown here; known: cust",
    ),
    (
        f"{TOP}[all]\nnils = 1",
        r"line 3 \[all\]: measure for every table 'nils' is unknown here",
    ),
    (f"{TOP}[all]\nnulls = {{ warn = 1 }}", "measure for every table 'nulls' is unknown"),
    (
        f"{TOP}[table.cases]\nfresh = 1",
        "line 3.*measure 'fresh' is unknown here; known: nulls",
    ),
    (
        f"{TOP}[table.cases.nulls]\nmod = {{ warn = 1 }}",
        r"line 3 \[table.cases.nulls\]: column of cases 'mod' is unknown here; known: case_id",
    ),
    (
        f"{TOP}[all]\nrows_low = {{ warm = 1 }}",
        "line 3.*key 'warm' is unknown here; known: warn",
    ),
    (f"{TOP}[all]\nrows_low = {{ }}", "line 3.*neither warn nor fail is given"),
    (f"{TOP}[all]\nrows_low = 3", r"rows_low is 3; write a table \[rows_low\]"),
    (f'{TOP}[all]\nrows_low = {{ warn = "1" }}', "warn is '1'; write a finite number"),
    (f"{TOP}[all]\nrows_low = {{ warn = nan }}", "warn is nan; write a finite number"),
    (f"{TOP}[all]\nrows_low = {{ warn = true }}", "warn is True; write a finite number"),
    (f"{TOP}[all]\nrows_low = {{ warn = -1 }}", "warn is -1; write 0 or more"),
    (
        f"{TOP}[all]\nrows_low = {{ warn = 0.5, fail = 0.9 }}",
        "line 3.*fail 0.9 comes before warn 0.5; rows_low is a defect below its limits",
    ),
    (
        f"{TOP}[all]\nrows_high = {{ warn = 3, fail = 2 }}",
        "fail 2 comes before warn 3; rows_high is a defect above its limits",
    ),
    (f"{TOP}[table.cases.late]\nwarn = 0", "line 2.*late says no bound; add one of: days"),
    (
        f"{TOP}[table.loans.range]\nopened_on = {{ least = 3, warn = 0 }}",
        "line 3.*range does not fit opened_on, which is of type date; bounds of that type: earli",
    ),
    (
        f"{TOP}[table.accounts.order]\nclosed_on = {{ not_before = 'happened_at', warn = 0 }}",
        "accounts has no column 'happened_at' of the same type; known: opened_on, closed_on",
    ),
    (
        f"{TOP}[table.accounts.form]\ncurrency = {{ pattern = '[A-Z', warn = 0 }}",
        r"line 3.*pattern '\[A-Z' is no regular expression",
    ),
    (
        f"{TOP}[table.loans.range]\nopened_on = {{ earliest = '1900', warn = 0 }}",
        "earliest is '1900'; write a date such as 2026-12-31, without quotes",
    ),
    (f"{TOP}[table.balances]\nduplicates = {{ warn = 0 }}", "no number of their own"),
    (f"{TOP}[table.cases]\nunexplained = {{ warn = 0 }}", r"move it to \[table.balances\]"),
    (
        f"{TOP}[table.cases]\nrecent_days = 0",
        "recent_days is 0; write a whole number of 1 or more",
    ),
    (
        f"{TOP}[table.customers]\ncategories = ['name']",
        "line 3.*column 'name' of customers has no shares to compare; known: zone, occupation",
    ),
    (
        f"{TOP}[table.loans.references]\nloan_id = {{ warn = 0 }}",
        "loan_id refers to no table that the gates look at",
    ),
    (
        f"{TOP}[table.loans.distribution]\nopened_on = {{ warn = 0 }}",
        "opened_on moves on by nature",
    ),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_mistake_in_the_gates_is_answered_with_its_line(text, words):
    """Every mistake names the file, the line, what is wrong and what is known."""
    with pytest.raises(QualityError, match=words) as refused:
        parse_gates(text, "gates.toml")
    assert str(refused.value).startswith("gates.toml")


PERSONAL = [
    ("customers", "name"),
    ("contact_points", "value"),
    ("contacts", "attributes"),
    ("staff", "name"),
]


def test_names_numbers_and_free_text_are_personal():
    """The contracts flag the columns that name a person, reach one or hold free text."""
    flagged = [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.personal]
    assert flagged == PERSONAL


@pytest.mark.parametrize(("table", "column"), PERSONAL)
def test_a_personal_column_is_no_category(table, column):
    """Its values stand in no profile, so a file of gates cannot ask for their shares."""
    text = f"{TOP}[table.{table}]\ncategories = ['{column}']"
    with pytest.raises(QualityError, match=f"column '{column}' of {table} has no shares"):
        parse_gates(text)


def test_the_shipped_gates_use_every_measure():
    """No measure lacks a threshold in the shipped file."""
    assert {gate.measure.name for gate in default_gates().gates} == set(MEASURES)


def test_a_table_overrides_what_holds_for_every_table(tmp_path):
    """The gate of a table takes the place of the one in [all], for that table only."""
    file = tmp_path / "gates.toml"
    file.write_text(
        f"{TOP}[all]\nrows_low = {{ warn = 1 }}\n[table.loans]\nrows_low = {{ fail = 0 }}"
    )
    limits = {gate.table: gate.limit for gate in load_gates(file).gates}
    assert (limits["loans"].warn, limits["loans"].fail) == (None, 0)
    assert (limits["cases"].warn, limits["cases"].fail) == (1, None)


def test_gates_that_cannot_be_read_are_refused(tmp_path):
    """A missing file and one that is no text are told by name."""
    (tmp_path / "gates.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("gates.toml", "none.toml"):
        with pytest.raises(QualityError, match=f"{name} cannot be read"):
            load_gates(tmp_path / name)


def test_a_profile_is_kept_whole(tmp_path):
    """What is saved is read back equal, and two checks of one bank write the same bytes."""
    bank = made(tmp_path / "bank", clean_rows())
    profile = check_quality(bank, GATES).profile
    save_profile(tmp_path / "a.json", profile)
    save_profile(tmp_path / "b.json", profile_of(bank, GATES, 256))
    assert load_profile(tmp_path / "a.json") == profile
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_profile_counts_as_a_slow_count_does(tmp_path):
    """Rows, months, nulls and values of a profile are those of the rows."""
    rows = clean_rows()
    for row in rows["transactions"][::4]:
        row["channel"] = None
    rows["transactions"][0]["happened_at"] = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    rows["transactions"][0]["known_at"] = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    table = profile_of(made(tmp_path / "bank", rows), GATES, 256).tables["transactions"]
    assert table.rows == 3600
    # Midnight of 1 February in Shanghai is still January in UTC.
    assert table.months == {"2026-01": 929, "2026-02": 841, "2026-03": 930, "2026-04": 900}
    recent = [row for row in rows["transactions"] if row["happened_at"].date() >= date(2026, 3, 31)]
    shape = table.shapes["channel"]
    empty = sum(row["channel"] is None for row in recent)
    assert (shape.rows, shape.nulls, shape.values) == (930, empty, {"mobile": 930 - empty})
    amounts = [row["amount_cents"] for row in recent]
    spread = table.shapes["amount_cents"]
    edges = (-float("inf"), *spread.edges, float("inf"))
    assert spread.counts == tuple(
        sum(low < amount <= high for amount in amounts) for low, high in pairwise(edges)
    )
    assert max(spread.counts) <= 0.11 * 930


def test_a_profile_names_nobody(tmp_path):
    """No name, number or rare value of a customer is in a profile."""
    rows = clean_rows()
    rows["customers"][0] |= {"name": "Zhao Secret", "education": "hermit"}
    for row in rows["customers"][1:]:
        row["education"] = "school"
    save_profile(tmp_path / "p.json", profile_of(made(tmp_path / "bank", rows), GATES, 256))
    text = (tmp_path / "p.json").read_text()
    assert '"school": 59' in text
    for personal in ("Secret", "Li Ming", "hermit", "13900000001"):
        assert personal not in text


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 1, "name": 3}', '{"format": 9}'])
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, text):
    """The error names the file and what to name instead."""
    file = tmp_path / "p.json"
    file.write_text(text)
    with pytest.raises(QualityError, match=r"p\.json is (no|a) profile of"):
        load_profile(file)
    with pytest.raises(QualityError, match="cannot be read"):
        load_profile(tmp_path / "none.json")


def test_a_profile_that_looked_at_other_days_is_not_compared(tmp_path):
    """Shapes of other days are not held against each other, and that is said."""
    bank = made(tmp_path / "bank", clean_rows())
    save_profile(tmp_path / "p.json", profile_of(bank, GATES, 256))
    said = json.loads((tmp_path / "p.json").read_text())
    said["tables"]["transactions"]["recent_days"] = 7
    (tmp_path / "p.json").write_text(json.dumps(said))
    earlier = load_profile(tmp_path / "p.json")
    assert faults(bank, earlier) == {}
    notes = {
        check.note.en
        for check in check_quality(bank, GATES, earlier).checks
        if check.gate.table == "transactions"
        and check.gate.measure.name == "distribution"
        and check.note
    }
    assert notes == {"the earlier load looked at other days"}


def test_the_shipped_gates_are_text_for_a_bank_to_edit():
    """The shipped file reads back as the gates that hold by default."""
    assert parse_gates(default_gates_text()) == default_gates()
