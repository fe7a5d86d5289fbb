"""The daily board against plain SQL on the ledger, the bank's rows and `goodcall bank tiers`."""

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import DAYS, FAMILY, asked_sql
from nightly import copied
from openpyxl import load_workbook
from policed import offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from features import TABLES, open_bank
from outreach import save_offers

DAY = DAYS[1]
MADE = "('attempted', 'delivered', 'connected', 'failed')"
TALKED = ("CONNECTED_INTERESTED", "CONNECTED_APPT", "NOT_NOW", "NOT_INTERESTED_OFFER")
FIGURES = (
    *("listed", "worked", "attempts", "connected", "conversations", "appointments", "sales"),
    *("amount_cents", "refusals", "complaints"),
)


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """The campaign, with a policy, offers, and every fifth customer ten times as rich."""
    made = copied(campaign, tmp_path_factory.mktemp("day") / "var")
    made.policy.write_text(policy_of(channels=("phone", "sms", "email")).text, encoding="utf-8")
    save_offers(made.offers, [offer("FUND"), offer("CARD", "credit_card")])
    bank = open_bank(made.bank)
    rows = bank.read("balances").to_pylist()
    for row in rows:
        row["balance_cents"] *= 10 if row["customer_id"] % 5 == 0 else 1
        # Known before the month's review, so that there are tiers.
        row["known_at"] -= timedelta(hours=1)
    schema = TABLES["balances"].schema
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), bank.file("balances"))
    return made


def run(place, *words):
    said = ["report", "day", place.bank, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def asked(place, *words):
    done = run(place, "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(place):
    return asked(place, "--on", DAY)


def local(text):
    return datetime.fromisoformat(text).astimezone(ZoneInfo("Asia/Shanghai")).date()


@pytest.fixture(scope="module")
def rows(place):
    """The rows of the day's lists: list, customer, offer, and whether a contact was made of it."""
    query = (
        "select p.list_id, p.customer_id, json_extract(p.row, '$.offer_code'), exists("  # noqa: S608
        "select 1 from contacts c join contact_events e using (contact_id) where "
        f"c.request_id = p.request_id and e.state in {MADE}) "
        f"from planned_rows p join plans using (plan_id) where day = '{DAY}'"
    )
    return asked_sql(place, query)


@pytest.fixture(scope="module")
def contacts(place):
    """The day's contacts: id, customer, manager, branch, offer, and what was told of each."""
    query = (
        "select contact_id, customer_id, manager_id, branch_id, offer_code, c.happened_at, "  # noqa: S608
        "max(state = 'connected'), group_concat(outcome, ' ') from contacts c "
        f"join contact_events using (contact_id) group by 1 having max(state in {MADE})"
    )
    return [row for row in asked_sql(place, query) if local(row[5]) == DAY]


@pytest.fixture(scope="module")
def sales(place, contacts):
    """What was bought for each contact of the day: a later one about the family takes it."""
    query = (
        "select distinct contact_id, customer_id, offer_code, c.happened_at from contacts c "
        "join contact_events using (contact_id) where state in ('connected', 'delivered') "
        "and offer_code is not null"
    )
    reached, found = asked_sql(place, query), defaultdict(list)
    for row in open_bank(place.bank).read("holdings").to_pylist():
        near = [
            (local(at), number)
            for number, who, code, at in reached
            if (who, FAMILY[code]) == (row["customer_id"], row["family"])
            and timedelta(0) <= row["opened_on"] - local(at) <= timedelta(30)
        ]
        if near:
            found[max(near)[1]].append(row["amount_cents"])
    return {number: found[number] for number, *_ in contacts}


@pytest.fixture(scope="module")
def tier_of(place, tmp_path_factory):
    """Everybody's tier as `goodcall bank tiers` writes it."""
    out = tmp_path_factory.mktemp("tiers") / "tiers.json"
    words = ["bank", "tiers", place.bank, "--as-of", DAY, "--out", out, "--home", place.root]
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exit_code == 0, (done.output, done.exception)
    said = json.loads(out.read_text("utf-8"))
    return {row["customer_id"]: row["tier"] for row in said}


def expected(rows, contacts, sales):
    """The figures of some rows and contacts, counted anew."""
    said = [set((told or "").split()) for *_, told in contacts]
    return {
        "listed": len(rows),
        "worked": sum(worked for *_, worked in rows),
        "attempts": len(contacts),
        "connected": sum(row[6] for row in contacts),
        "conversations": sum(not each.isdisjoint(TALKED) for each in said),
        "appointments": sum("CONNECTED_APPT" in each for each in said),
        "sales": sum(len(sales[row[0]]) for row in contacts),
        "amount_cents": sum(sum(sales[row[0]]) for row in contacts),
        "refusals": sum("REFUSED_CHANNEL" in each for each in said),
        "complaints": sum("COMPLAINT" in each for each in said),
    }


def test_each_line_is_counted_from_the_ledger_and_the_bank(told, rows, contacts, sales, tier_of):
    """By manager, branch, tier and offer, and in all."""
    branch = {7: 3, 8: 4}
    keys = {
        "by_manager": (lambda row: row[0], lambda contact: contact[2]),
        "by_branch": (lambda row: branch[row[0]], lambda contact: contact[3]),
        "by_tier": (lambda row: tier_of[row[1]], lambda contact: tier_of[contact[1]]),
        "by_offer": (lambda row: row[2], lambda contact: contact[4]),
    }
    for table, (of_row, of_contact) in keys.items():
        *lines, whole = told[table]
        assert {line[table[3:]] for line in lines} == {
            *map(of_row, rows),
            *map(of_contact, contacts),
        }
        for line in lines:
            key = line[table[3:]]
            mine = [row for row in rows if of_row(row) == key]
            made = [contact for contact in contacts if of_contact(contact) == key]
            assert {name: line[name] for name in FIGURES} == expected(mine, made, sales)
        assert {name: whole[name] for name in FIGURES} == expected(rows, contacts, sales)
        assert len(lines) > (table == "by_manager")
    assert len(told["by_tier"]) == 3
    assert whole["sales"] > 0
    assert whole["worked"] < whole["listed"]


def test_rates_are_of_rows_and_of_attempts(told):
    """Nothing where there is none of them."""
    for table in ("by_manager", "by_branch", "by_tier", "by_offer"):
        for line in told[table]:
            shares = {
                "worked_share": ("worked", "listed", 1),
                "contact_rate": ("connected", "attempts", 1),
                "conversation_rate": ("conversations", "attempts", 1),
                "complaints_per_1000": ("complaints", "attempts", 1000),
            }
            for name, (part, whole, times) in shares.items():
                found = times * line[part] / line[whole] if line[whole] else None
                assert line[name] == (None if found is None else pytest.approx(found))


def test_it_goes_down_to_rows_and_contacts(told, rows, contacts, sales, tier_of):
    """Every row with what became of it, every contact with its words and sales."""
    assert {(row["list_id"], row["customer_id"], row["offer_code"]) for row in told["rows"]} == {
        row[:3] for row in rows
    }
    states = Counter(row["state"] for row in told["rows"])
    assert states == {"worked": sum(row[3] for row in rows), "to_do": sum(not r[3] for r in rows)}
    assert all(row["tier"] == tier_of[row["customer_id"]] for row in told["rows"])
    found = {row["contact_id"]: row for row in told["contacts"]}
    assert found.keys() == {row[0] for row in contacts}
    for number, who, manager, branch, code, _, connected, said in contacts:
        line = found[number]
        assert (line["customer_id"], line["manager_id"], line["branch_id"]) == (
            *(who, manager, branch),
        )
        assert (line["offer_code"], line["connected"]) == (code, bool(connected))
        assert line["outcomes"] == (said or "")
        assert (line["sales"], line["amount_cents"]) == (len(sales[number]), sum(sales[number]))


def test_a_branch_has_a_board_of_its_own(place, told):
    """Its rows and contacts alone, under its name; one that is not there is refused."""
    ours = asked(place, "--on", DAY, "--branch", 4)
    line = next(line for line in told["by_branch"] if line["branch"] == 4)
    assert {name: ours["by_branch"][-1][name] for name in FIGURES} == {
        name: line[name] for name in FIGURES
    }
    assert {row["list_id"] for row in ours["rows"]} == {8}
    assert "branch 4" in run(place, "--on", DAY, "--branch", 4, "--lang", "en").output
    refused = run(place, "--on", DAY, "--branch", 9)
    assert "--branch 9 is no branch of this bank; known: 3, 4" in str(refused.exception)


def test_a_day_after_the_banks_last_is_told_with_a_note(place):
    """Lists are planned from yesterday's tables; what is bought comes later, and a note says so."""
    path = place.bank / "bank.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2026-12-31", "2026-06-08"), encoding="utf-8")
    try:
        early = asked(place, "--on", DAY)
    finally:
        path.write_text(text, encoding="utf-8")
    assert early["by_manager"][-1]["listed"] > 0
    assert any("the bank tells of 2026-06-08 at the latest" in n["en"] for n in early["notes"])


def test_lists_by_branch_have_no_board_by_manager(place, told, tmp_path):
    """A list is then the branch's own."""
    made = copied(place, tmp_path / "var")
    text = made.policy.read_text(encoding="utf-8")
    made.policy.write_text(text.replace('by = "manager"', 'by = "branch"'), encoding="utf-8")
    found = asked(made, "--on", DAY)
    assert "by_manager" not in found
    assert {line["branch"] for line in found["by_branch"]} == {3, 7, 8, None}
    assert found["by_branch"][-1] == told["by_branch"][-1]


def test_a_bank_without_tier_rules_has_no_tiers(place, told, tmp_path):
    """Thresholds in yuan say nothing of crowns, and a note says so."""
    made = copied(place, tmp_path / "var")
    for file in (made.policy, made.bank / "bank.json"):
        file.write_text(file.read_text("utf-8").replace('"CNY"', '"CZK"'), encoding="utf-8")
    found = asked(made, "--on", DAY)
    assert "tiers are not told" in found["notes"][-1]["en"]
    (line, whole) = found["by_tier"]
    assert line == whole
    assert whole["attempts"] == told["by_tier"][-1]["attempts"]


def test_a_day_of_which_nothing_is_known_is_refused(place):
    """With what to do."""
    done = run(place, "--on", "2026-03-01")
    assert "nothing was listed and nobody was contacted on 2026-03-01" in str(done.exception)


def test_it_is_told_in_both_languages_and_as_files(place, told, tmp_path):
    """The tables on the terminal, every row in the page and in the workbook."""
    page, book = tmp_path / "d.html", tmp_path / "d.xlsx"
    en = run(place, "--on", DAY, "--lang", "en", "--html", page, "--xlsx", book).output
    assert "By tier" in en
    assert "Platinum" in en
    assert "Row by row" not in en
    assert "Row by row" in page.read_text("utf-8")
    papers = load_workbook(book)
    assert papers["Row by row"].max_row == 1 + len(told["rows"])
    assert papers["By manager"]["B2"].value == told["by_manager"][0]["listed"]
    assert "按客户等级" in run(place, "--on", DAY, "--lang", "zh").output
