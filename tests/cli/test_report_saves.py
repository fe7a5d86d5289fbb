"""Assets around contacts that were to keep customers, against the raw tables."""

import json
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import DRAWN, FIRST, LAST, PEOPLE, asked_sql, held_out
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from features import open_bank

SPAN = ("--from", str(FIRST), "--to", str(LAST))


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    return copied(campaign, tmp_path_factory.mktemp("saves") / "var")


@pytest.fixture(scope="module")
def scores(place, tmp_path_factory):
    """Scores by which every fourth customer is likeliest to leave: those who do take money away."""
    path = tmp_path_factory.mktemp("scores") / "scores.parquet"
    churn = [0.9 if who % 4 == 0 else 0.1 for who in PEOPLE]
    columns = {"customer_id": [*PEOPLE], "as_of": [FIRST] * len(PEOPLE), "churn": churn}
    pq.write_table(pa.table(columns), path)
    place.reports.write_text(
        "[attribution]\ndays = 30\npersistence_days = 90\n[save]\nbefore_days = 30\n"
        "after_days = [30, 90]\nkept_share = 0.7\nflagged_share = 0.5\n",
        encoding="utf-8",
    )
    return path


def run(place, *words):
    said = ["report", "saves", str(place.bank), *SPAN, "--home", str(place.root), *words]
    return CliRunner().invoke(app, [*map(str, said)])


@pytest.fixture(scope="module")
def told(place, scores):
    done = run(place, "--scores", scores, "--json")
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


def test_everybody_contacted_to_be_kept_is_there_once_with_the_first_contact(place, told):
    """By plain SQL on the ledger."""
    query = (
        "select customer_id, min(contact_id) from contacts join contact_events using (contact_id) "
        "where purpose = 'retention' and state in ('attempted', 'connected') group by 1"
    )
    found = {each["customer_id"]: each["contact_id"] for each in told["customers"]}
    assert found == dict(asked_sql(place, query))
    assert told["fates"][-1]["customers"] == len(found) == 20


def test_assets_are_those_of_the_balances(place, told):
    """30 days before, on the day, 30 and 90 days after; the flow is the last less the day's."""
    days = {"before_cents": date(2026, 5, 12), "on_cents": date(2026, 6, 11)}
    days |= {"after_30_cents": date(2026, 7, 11), "after_90_cents": date(2026, 9, 9)}
    for each in told["customers"]:
        for name, day in days.items():
            assert each[name] == balance(place, each["customer_id"], day)
        assert each["net_flow_cents"] == each["after_90_cents"] - each["on_cents"]


def test_who_took_money_away_or_said_so_left_and_the_others_stayed(place, told):
    """Fates and their sums add up to everybody."""
    query = (
        "select customer_id from contacts join contact_events using (contact_id) "
        "where outcome = 'LEAVING_CONFIRMED'"
    )
    said = {who for (who,) in asked_sql(place, query)}
    assert said
    for each in told["customers"]:
        gone = each["customer_id"] in said or each["customer_id"] % 4 == 0
        assert each["fate"] == ("left" if gone else "stayed")
    *parts, total = told["fates"]
    assert sum(part["net_flow_cents"] for part in parts) == total["net_flow_cents"] < 0
    assert [part["customers"] > 0 for part in parts] == [True, True, False]


def test_the_flagged_of_both_sides_are_compared_contacted_or_not(place, told):
    """Half of everybody is flagged, by score and then by number; both means by hand."""
    ranked = sorted(PEOPLE, key=lambda who: (who % 4 != 0, who))[:80]
    held = held_out(place)
    flow, stayed = told["effects"]
    for side, people in (("held", held & {*ranked}), ("contacted", {*ranked} - held)):
        lost = sum(who % 4 == 0 for who in people) / len(people)
        assert flow[side] == pytest.approx(-3_000_000 * lost)
        assert stayed[side] == pytest.approx(1 - lost)
        assert told["flagged"][side] == len(people)
    assert flow["verdict"] == "not_shown"
    assert any("these intervals hold for one look" in note["en"] for note in told["notes"])
    assert told["scored_on"] == str(FIRST)


def test_saves_are_those_of_the_incentive_report(place, told):
    """One definition: the contacts told `SAVED`, here one a customer, by plain SQL."""
    query = "select distinct contact_id from contact_events where outcome = 'SAVED'"
    said = ["report", "incentive", place.bank, *SPAN, "--home", place.root, "--json"]
    incentive = json.loads(CliRunner().invoke(app, [*map(str, said)]).stdout)
    proofs = [e["contact_id"] for e in incentive["evidence"] if e["result"] == "save"]
    saved_by = [contact for each in told["customers"] for contact in each["saved_by"]]
    assert sorted(saved_by) == sorted(proofs) == sorted(n for (n,) in asked_sql(place, query))
    assert told["fates"][-1]["saves"] == incentive["managers"][-1]["saves"] == len(proofs) > 0


@pytest.mark.parametrize(("day", "chosen_later"), [(FIRST, True), (DRAWN, False)])
def test_a_cohort_that_was_chosen_after_the_draw_is_told(place, scores, day, chosen_later):
    """Contacts between may have changed who is flagged; scores of the draw's day know of none."""
    path = scores.with_name("of_day.parquet")
    rows = pq.read_table(scores)
    pq.write_table(rows.set_column(1, "as_of", pa.array([day] * len(rows))), path)
    found = json.loads(run(place, "--scores", path, "--json").stdout)
    assert (found["scored_on"], found["drawn_on"]) == (str(day), str(DRAWN))
    note = f"chosen after the draw of {DRAWN}: contacts until {FIRST} may have changed the scores"
    assert any(note in each["en"] for each in found["notes"]) is chosen_later


@pytest.mark.parametrize("day", [FIRST + timedelta(1), DRAWN + timedelta(1)])
def test_scores_of_another_day_are_refused(place, scores, day):
    """With the days whose scores may be given."""
    path = scores.with_name("other_day.parquet")
    rows = pq.read_table(scores)
    pq.write_table(rows.set_column(1, "as_of", pa.array([day] * len(rows))), path)
    refused = str(run(place, "--scores", path).exception)
    assert f"are of {day}; give scores of the first day, {FIRST}, or of the day of" in refused


def test_without_scores_the_hold_out_is_not_asked_and_the_report_says_so(place, scores):
    """The courses stand by themselves; other files than scores are refused."""
    done = run(place, "--lang", "en")
    assert "give --scores" in done.output
    few = scores.with_name("few.parquet")
    pq.write_table(pa.table({"customer_id": [1], "as_of": [FIRST], "churn": [0.5]}), few)
    assert "too few households were flagged" in run(place, "--scores", few, "--lang", "en").output
    assert "Saves, 2026-06-01 to 2026-06-30" in done.output
    assert "客户挽留" in run(place, "--lang", "zh").output
    torn = scores.with_name("torn.parquet")
    torn.write_bytes(scores.read_bytes()[:-9])
    for said in (b"not a table", torn.read_bytes()):
        torn.write_bytes(said)
        assert "cannot be read as Parquet" in str(run(place, "--scores", torn).exception)
    assert "must be a .parquet file" in str(run(place, "--scores", "x.csv").exception)
    pq.write_table(pa.table({"customer_id": [1]}), scores.with_name("other.parquet"))
    refused = run(place, "--scores", scores.with_name("other.parquet"))
    assert "lacks as_of, churn" in str(refused.exception)
