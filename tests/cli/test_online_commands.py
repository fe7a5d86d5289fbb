"""`goodcall features absorb` and `skew`: files in, differences out, exit codes for scripts."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import EARLY, a_bank, a_customer, a_transaction
from sqlalchemy import delete
from typer.testing import CliRunner

from cli.app import app
from cli.errors import BadOption
from features import CATALOG, BrokenContract, OnlineStore, cohort_at, publish, with_states
from features.online_database import writing
from features.online_tables import FACTS
from goodcall.calendar import local_date, start_of_day

NOW = datetime.now(UTC)
TODAY = local_date(NOW, "Asia/Shanghai")
MIDNIGHT = start_of_day(TODAY, "Asia/Shanghai")
PAGES = CATALOG.names.index("page_views_of_fund_30d")


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    login = {"event_id": 1, "customer_id": 1, "kind": "login"}
    return a_bank(
        tmp_path_factory.mktemp("commands") / "bank",
        last_day=TODAY,
        customers=[a_customer(1), a_customer(2)],
        transactions=[a_transaction(n, happened_at=MIDNIGHT - timedelta(n)) for n in range(1, 9)],
        events=[login | {"happened_at": EARLY, "known_at": EARLY}],
    )


@pytest.fixture
def url(tmp_path, bank):
    """A store published as of today."""
    address = f"sqlite:///{tmp_path / 'online.db'}"
    computed = with_states(bank, cohort_at(bank, [TODAY]), CATALOG)
    publish(address, computed, [], bank=bank, as_of=TODAY, catalog=CATALOG, now=NOW)
    return address


def ask(*words, code=0):
    done = CliRunner().invoke(app, ["features", *map(str, words), "--json"])
    if isinstance(done.exception, Exception):
        raise done.exception
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def pages(url):
    """How many pages about funds customer 1 is said to have looked at."""
    with OnlineStore(url, CATALOG) as store:
        return store.row_at(1, datetime.now(UTC)).values[PAGES]


def a_file(path, number):
    """A page view just now, in the form that the file's name says."""
    row = {"event_id": number, "customer_id": 1, "kind": "page_view", "topic": "fund"}
    row["happened_at"] = max(MIDNIGHT, datetime.now(UTC) - timedelta(minutes=1))
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([row]), path)
    else:
        plain = row | {"happened_at": row["happened_at"].isoformat()}
        lines = (json.dumps(plain),)
        if path.suffix == ".csv":
            lines = (",".join(plain), ",".join(map(str, plain.values())))
        path.write_text("\n".join((*lines, "")), encoding="utf-8")
    return path


def test_files_of_three_kinds_are_absorbed(tmp_path, url, bank):
    """Each page counts once, whichever form told of it, and skew finds nothing."""
    for number, name in enumerate(("a.csv", "b.jsonl", "c.parquet"), start=100):
        file = a_file(tmp_path / name, number)
        for added in (1, 0):
            said = ask("absorb", file, "--table", "events", "--online", url, "--bank", bank.path)
            assert (said["added"], said["unchanged"]) == (added, 1 - added)
    assert pages(url) == 3
    said = ask("skew", bank.path, "--online", url)
    assert (said["rows"], said["differences"]) == (2, [])
    assert said["values"] == 2 * len(CATALOG.names)
    assert ask("skew", bank.path, "--online", url, "--served")["rows"] == 0


def test_skew_exits_with_one_and_names_what_differs(tmp_path, url, bank):
    """An event that left the log is missed where it counts."""
    ask("absorb", a_file(tmp_path / "a.csv", 100), "--table", "events", "--online", url)
    with OnlineStore(url, CATALOG) as store, writing(store.engine) as connection:
        connection.execute(delete(FACTS))
    found = ask("skew", bank.path, "--online", url, code=1)["differences"]
    assert {each["customer_id"] for each in found} == {1}
    (page,) = (each for each in found if each["feature"] == "page_views_of_fund_30d")
    assert (page["served"], page["recomputed"], page["kind"]) == (1, 0, "value")


def test_the_environment_names_the_store(tmp_path, url, monkeypatch):
    """GOODCALL_ONLINE is used where no --online is given."""
    monkeypatch.setenv("GOODCALL_ONLINE", url)
    ask("absorb", a_file(tmp_path / "a.csv", 100), "--table", "events", "--home", tmp_path)
    assert pages(url) == 1


def test_a_file_that_does_not_read_is_refused(tmp_path, url):
    """Another form, broken JSON, a row too long: the error says what to do, nothing is taken."""
    (tmp_path / "a.xls").write_text("x")
    (tmp_path / "b.jsonl").write_text("{")
    (tmp_path / "c.jsonl").write_text("[1]")
    (tmp_path / "d.csv").write_text("event_id\n1,2\n")
    for name, kind, said in (
        ("a.xls", BadOption, "none of .csv, .jsonl, .parquet"),
        ("b.jsonl", BadOption, "does not read as .jsonl"),
        ("c.jsonl", BadOption, "no JSON object"),
        ("d.csv", BrokenContract, "unknown columns more columns than the header"),
    ):
        with pytest.raises(kind, match=said):
            ask("absorb", tmp_path / name, "--table", "events", "--online", url)
    assert pages(url) == 0
