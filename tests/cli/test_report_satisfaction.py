"""Moods and complaints by branch and month, against the raw table and plain SQL on the ledger."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import PEOPLE, asked_sql
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from features import TABLES

SPAN = ("--from", "2026-05-01", "--to", "2026-06-30")
NOWHERE, ELSEWHERE = 1, 2


def a_case(number, who, at, **facts):
    plain = {"case_id": number, "customer_id": who, "happened_at": at, "known_at": at}
    return plain | {"kind": "service", "closed_at": None, "mood": None, "topic": None} | facts


@pytest.fixture(scope="module")
def cases():
    """Forty cases over three months; one is told twice, the second time in another mood."""
    moods, begins = ("low", "neutral", "satisfied", None), datetime(2026, 4, 28, 20, tzinfo=UTC)
    rows = [
        a_case(
            *(n, 1 + n % 7, begins + timedelta(2 * n)),
            mood=moods[n * n % 4],
            kind="complaint" if n % 3 == 0 else "service",
        )
        for n in range(40)
    ]
    again = rows[9] | {"known_at": rows[9]["known_at"] + timedelta(1), "mood": "satisfied"}
    return [*rows, again]


@pytest.fixture(scope="module")
def place(campaign, cases, tmp_path_factory):
    """The campaign with these cases; one customer has no branch, another is of branch 4."""
    made = copied(campaign, tmp_path_factory.mktemp("satisfaction") / "var")
    rows = pa.Table.from_pylist(cases, schema=TABLES["cases"].schema)
    pq.write_table(rows, made.bank / "cases.parquet")
    file = made.bank / "customers.parquet"
    people = pq.read_table(file)
    branch = [{NOWHERE: None, ELSEWHERE: 4}.get(who, 3) for who in PEOPLE]
    place = people.column_names.index("branch_id")
    pq.write_table(people.set_column(place, "branch_id", pa.array(branch, pa.int64())), file)
    return made


def run(place, *words):
    said = ["report", "satisfaction", place.bank, *SPAN, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


@pytest.fixture(scope="module")
def told(place):
    done = run(place, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def within(cases):
    """The last told version of each case of these days, with its local day."""
    last = {row["case_id"]: row for row in cases}.values()
    found = [((row["happened_at"] + timedelta(hours=8)).date(), row) for row in last]
    return [(day, row) for day, row in found if date(2026, 5, 1) <= day <= date(2026, 6, 30)]


def test_moods_and_complaints_are_those_of_the_cases(told, cases):
    """By branch and by month, row by row; the months and the branches add up to the whole."""
    for table, group in (
        ("branches", lambda _, row: {NOWHERE: "", ELSEWHERE: "4"}.get(row["customer_id"], "3")),
        ("months", lambda day, _: f"{day:%Y-%m}"),
    ):
        moods, complaints = Counter(), Counter()
        for day, row in within(cases):
            moods[group(day, row), row["mood"]] += 1
            complaints[group(day, row)] += row["kind"] == "complaint"
        rows = {row["group"]: row for row in told[table] if row["group"] is not None}
        assert sum(complaints.values()) > 5
        for name, row in rows.items():
            noted = [moods[name, mood] for mood in ("low", "neutral", "satisfied")]
            assert [row["low"], row["neutral"], row["satisfied"]] == noted
            assert row["complaints"] == complaints[name]
            assert row["score"] == (noted[2] / sum(noted) if sum(noted) else None)
        whole = told["branches"][-1]
        for name in ("low", "neutral", "satisfied", "complaints", "contacts", "complained"):
            assert sum(row[name] for row in rows.values()) == whole[name]


def test_complaints_about_contacts_are_those_of_the_ledger(place, told):
    """By plain SQL, per 1,000 contacts; cases per 1,000 customers."""
    query = (
        "select count(distinct contact_id), count(distinct case when outcome = 'COMPLAINT' then "
        "contact_id end) from contacts join contact_events using (contact_id) where contact_id in "
        "(select contact_id from contact_events where state in ('attempted', 'delivered', "
        "'connected', 'failed')) and contacts.happened_at < '2026-06-30T16'"
    )
    ((contacts, complained),) = asked_sql(place, query)
    whole = told["branches"][-1]
    assert (whole["contacts"], whole["complained"]) == (contacts, complained)
    assert whole["per_1000_contacts"] == pytest.approx(1000 * complained / contacts)
    assert whole["customers"] == len(PEOPLE)
    assert whole["per_1000_customers"] == pytest.approx(1000 * whole["complaints"] / len(PEOPLE))
    assert [row["customers"] for row in told["branches"]] == [158, 1, 1, 160]


def test_it_is_told_in_words(place):
    """In both languages."""
    assert "Satisfaction, 2026-05-01" in run(place, "--lang", "en").output
    assert "满意度" in run(place, "--lang", "zh").output
