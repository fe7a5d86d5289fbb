"""Treatment by group, requests and refusals, against the ledger's tables and what was planted."""

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import FIRST, LAST, PEOPLE, asked_sql
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from cli.rights_handling import rights_store
from governance import AuditLog

SPAN = ("--from", str(FIRST), "--to", str(LAST))
MADE = (
    "select distinct customer_id from contacts join contact_events using (contact_id) "
    "where state in ('attempted', 'delivered', 'connected', 'failed') "
    "and contacts.happened_at >= '2026-05-31T16' and contacts.happened_at < '2026-06-30T16'"
)
ASKED = datetime(2026, 6, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """Of the contacted seven in eight are women, of the others one in four; four requests."""
    made = copied(campaign, tmp_path_factory.mktemp("fairness") / "var")
    reached = {who for (who,) in asked_sql(made, MADE)}
    file = made.bank / "customers.parquet"
    rows = pq.read_table(file)
    sexes = ["FM"[who % 8 == 0 if who in reached else who % 4 != 0] for who in PEOPLE]
    column = rows.column_names.index("sex")
    pq.write_table(rows.set_column(column, "sex", pa.array(sexes, pa.string())), file)
    with rights_store(made) as store:
        for who, days, took in ((1, 30, 5), (2, 30, 40), (3, 30, None)):
            number = store.ask(who, "view", now=ASKED, days=days)
            if took is not None:
                store.done(number, by="staff 4", now=ASKED + timedelta(took))
        store.ask(4, "delete", now=datetime(2026, 7, 3, tzinfo=UTC))
    log = AuditLog(made.audit, lambda: datetime(2026, 6, 9, 3, tzinfo=UTC))
    for facts in ({"refused": "not your customer"}, {"refused": [5]}, {}, {"refused": []}):
        log.record("staff 9", "view", "customer 5", **facts)
    log.record("command line", "sign-in refused", "user x")
    log.close()
    return made


def run(place, *words):
    said = ["report", "fairness", place.bank, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


@pytest.fixture(scope="module")
def told(place):
    done = run(place, *SPAN, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_who_is_contacted_is_told_by_group_and_a_planted_difference_is_shown(place, told):
    """Women and men, counted by plain SQL on the ledger and the raw table."""
    reached = {who for (who,) in asked_sql(place, MADE)}
    sex = {
        r["customer_id"]: r["sex"]
        for r in pq.read_table(place.bank / "customers.parquet").to_pylist()
    }
    rows = {row["group"]: row for row in told["treatment"]}
    assert rows.keys() == {"F", "M"}
    for group, row in rows.items():
        mine = {who for who in PEOPLE if sex[who] == group}
        assert (row["customers"], row["contacted"]) == (len(mine), len(mine & reached))
        assert row["share"] == pytest.approx(len(mine & reached) / len(mine))
    assert (rows["F"]["verdict"], rows["M"]["verdict"]) == ("more", "less")


def test_requests_are_those_of_the_days_with_the_days_that_they_took(told):
    """Three asked in June: one in time, one late, one open and overdue."""
    view, whole = told["rights"]
    assert view == whole | {"right": "view"}
    assert (view["asked"], view["open"], view["late"]) == (3, 1, 2)
    assert (view["mean_days"], view["most_days"]) == (22.5, 40)


def test_refused_access_is_told_by_action_and_actor(told):
    """Lines with a refusal, of one or of many, and who could not sign in; empty ones are none."""
    assert told["refused"] == [
        {"action": "view", "actor": "staff 9", "lines": 2},
        {"action": "sign-in refused", "actor": "command line", "lines": 1},
        {"action": None, "actor": None, "lines": 3},
    ]


def test_other_days_have_other_requests_and_refusals(place):
    """July has one request that is open, and no refusal."""
    told = json.loads(run(place, "--from", date(2026, 7, 1), "--to", "2026-07-31", "--json").stdout)
    assert [row["asked"] for row in told["rights"]] == [1, 1]
    assert told["refused"][-1]["lines"] == 0


def test_it_is_told_in_words(place):
    """In both languages."""
    assert "Fairness and privacy, 2026-06-01" in run(place, *SPAN, "--lang", "en").output
    assert "公平与隐私" in run(place, *SPAN, "--lang", "zh").output
