"""The churn board against the raw tables and plain SQL on the ledger."""

import json
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import DAYS, PEOPLE, asked_sql
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from features import open_bank

# Warnings of the day of the first lists: every fourth customer, from whom money goes in July.
DAY = DAYS[0]
WORDS = (
    "select distinct customer_id from contacts join contact_events using (contact_id) "
    "where outcome ="
)
WARNED = [who for who in PEOPLE if who % 4 == 0 or who % 7 == 0]


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    made = copied(campaign, tmp_path_factory.mktemp("churn") / "var")
    share = len(WARNED) / len(PEOPLE)
    made.reports.write_text(
        "[attribution]\ndays = 30\npersistence_days = 90\n[save]\nbefore_days = 30\n"
        f"after_days = [30, 90]\nkept_share = 0.7\nflagged_share = {share}\n",
        encoding="utf-8",
    )
    churn = [0.9 if who in WARNED else 0.1 for who in PEOPLE]
    rows = {"customer_id": [*PEOPLE], "as_of": [DAY] * len(PEOPLE), "churn": churn}
    scores = made.root / "scores" / f"as_of={DAY}.parquet"
    scores.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(rows), scores)
    return made


def run(place, *words):
    said = ["report", "churn", place.bank, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


@pytest.fixture(scope="module")
def told(place):
    done = run(place, "--on", DAY, "--by", "branch", "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def balance(place, who, day):
    """A customer's balance of the month that a day lies in, looked up row by row."""
    return sum(
        row["balance_cents"]
        for row in open_bank(place.bank).read("balances").to_pylist()
        if row["customer_id"] == who
        and (row["happened_at"] + timedelta(hours=8)).month == day.month
    )


def test_warnings_are_those_of_the_scores_with_the_assets_of_the_day(place, told):
    """Everybody with a high score, once, and what each had then and 90 days later."""
    found = {each["customer_id"]: each for each in told["warnings"]}
    assert sorted(found) == WARNED
    for who in WARNED[::5]:
        had, has = balance(place, who, DAY), balance(place, who, DAY + timedelta(90))
        assert (found[who]["assets_cents"], found[who]["net_flow_cents"]) == (had, has - had)


def test_warnings_were_worked_that_somebody_tried_within_48_hours(place, told):
    """On 2 and 3 June, by plain SQL on the ledger."""
    query = (
        "select distinct customer_id from contacts join contact_events using (contact_id) "
        "where state in ('attempted', 'delivered', 'connected', 'failed') "
        "and contacts.happened_at >= '2026-06-01T16' and contacts.happened_at < '2026-06-03T16'"
    )
    worked = {who for (who,) in asked_sql(place, query)} & {*WARNED}
    assert {e["customer_id"] for e in told["warnings"] if e["worked"]} == worked
    assert told["places"][-1]["worked"] == len(worked) > 0


def test_what_came_of_the_warnings_adds_up(place, told):
    """Saved and lost by the ledger's words and the balances; false alarms of those left alone."""
    said = {
        code: {who for (who,) in asked_sql(place, f"{WORDS} '{code}'")} & {*WARNED}
        for code in ("SAVED", "LEAVING_CONFIRMED")
    }
    asked = "select distinct customer_id from contacts where purpose = 'retention'"
    kept = {who for (who,) in asked_sql(place, asked)} & {*WARNED}
    lost = {who for who in WARNED if who % 4 == 0} | said["LEAVING_CONFIRMED"]
    (branch, whole) = told["places"]
    assert branch["place"] == "3"
    assert {n: branch[n] for n in branch if n != "place"} == {
        n: whole[n] for n in whole if n != "place"
    }
    assert (whole["customers"], whole["warnings"]) == (len(PEOPLE), len(WARNED))
    assert (whole["contacted"], whole["saved"]) == (len(kept), len(said["SAVED"]))
    assert (whole["lost"], whole["open"]) == (len(lost), 0)
    alone = [who for who in WARNED if who not in kept]
    assert whole["false_alarms"] == sum(who not in lost for who in alone) > 0
    assert whole["false_share"] == pytest.approx(whole["false_alarms"] / len(alone))
    assert whole["assets_cents"] == 4_000_000 * len(WARNED)
    assert whole["lead_days"] == (date(2026, 7, 1) - DAY).days


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--on", "2026-06-03"], "there are no scores of 2026-06-03; give --scores"),
        (["--on", "2027-01-01"], "--on 2027-01-01 is no day of this bank"),
        (["--on", "2026-06-03", "--scores", "S"], f"are of {DAY}; give those of 2026-06-03"),
    ],
)
def test_what_cannot_be_told_is_refused(place, words, message):
    """Days without scores, days that the bank does not tell of, scores of another day."""
    scores = str(place.root / "scores" / f"as_of={DAY}.parquet")
    refused = run(place, *(scores if word == "S" else word for word in words))
    assert message in str(refused.exception)


def test_it_is_told_in_words(place):
    """In both languages; a place without a name is said to be unknown."""
    assert f"Churn board of {DAY}" in run(place, "--on", DAY, "--lang", "en").output
    said = run(place, "--on", DAY, "--lang", "zh").output
    assert "流失看板" in said
    assert "未知" in said
