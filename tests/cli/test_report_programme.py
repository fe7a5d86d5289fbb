"""The programme's cost and return, every figure reckoned by hand from the tables."""

import json
import os
from collections import Counter
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import DAYS, FIRST, LAST, PEOPLE, asked_sql, held_out
from nightly import copied
from planning import rows_of, worked
from policed import Desk, customer, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from cli.report_span import leaving
from features import TABLES, open_bank
from governance import vault_of
from outreach import save_offers
from reports import BadSettings
from reports.costs import Monthly, parse_costs
from reports.trained import parse_trained

SPAN = ("--from", str(FIRST), "--to", str(LAST))
EMAILS = "select count(*) from contacts where channel = 'email' and happened_at"
DAY_20 = ("--from", "2026-06-20", "--to", "2026-06-20")
NINETY = ("--from", str(FIRST), "--to", "2026-08-29")
COSTS = """
currency = "CNY"
customer_cents = 20_000

[staff]
minute_cents = 150

[message]
email = 2.5

[[one_off]]
name = "build"
cents = 1_000_000
day = 2026-06-03

[[one_off]]
name = "paid before"
cents = 77
day = 2026-05-31

[[monthly]]
name = "hosting"
cents = 30_000
from = 2026-06-16
"""


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    made = copied(campaign, tmp_path_factory.mktemp("programme") / "var")
    made.policy.write_text(policy_of(channels=("phone", "sms", "email")).text, encoding="utf-8")
    fund, better = offer("FUND", margin_cents=40_000), offer("FUND2", margin_cents=60_000)
    save_offers(made.offers, [fund, better, offer("CARD", "credit_card", margin_cents=10_000)])
    (made.root / "costs.toml").write_text(COSTS, encoding="utf-8")
    return made


def run(place, *words):
    said = ["report", "programme", place.bank, *SPAN, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def asked(place, *words):
    done = run(place, "--costs", place.root / "costs.toml", "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(place):
    return asked(place)


def brought(place, last, leaves):
    """The value by hand: both sides' margins of purchases from the first to the last day."""
    margin = {"fund": 50_000, "credit_card": 10_000}
    bank, held, value = open_bank(place.bank), held_out(place), Counter()
    for row in bank.read("holdings").to_pylist():
        if FIRST <= row["opened_on"] <= last:
            value[row["customer_id"]] += margin[row["family"]]
    for who, gone in leaves.items():
        value[who] -= 20_000 * gone
    others = set(range(1, 161)) - held
    more = sum(value[who] for who in others) / len(others)
    return (more - sum(value[who] for who in held) / len(held)) * len(others)


def test_costs_are_units_times_prices(place, told):
    """Minutes of the ledger's contacts by channel (sms 1, phone 8, e-mail 1), counted by SQL."""
    query = (
        "select channel, count(distinct contact_id) from contacts join contact_events "
        "using (contact_id) where state in ('attempted', 'delivered', 'connected', 'failed') "
        "and contacts.happened_at >= '2026-05-31T16' and contacts.happened_at < '2026-06-30T16' "
        "group by 1"
    )
    made = dict(asked_sql(place, query))
    costs = {(each["kind"], each["name"]): each for each in told["costs"][:-1]}
    minutes = made["sms"] + 8 * made["phone"] + made["email"]
    assert costs["staff", ""]["cents"] == minutes * 150
    assert costs["message", "email"]["cents"] == round(2.5 * made["email"])
    assert costs["one_off", "build"]["cents"] == 1_000_000
    assert ("one_off", "paid before") not in costs
    assert costs["monthly", "hosting"]["cents"] == 15_000
    assert told["costs"][-1]["cents"] == sum(each["cents"] for each in costs.values())


def test_minutes_are_those_that_the_contacts_rows_were_planned_with(place, tmp_path):
    """A row of 2 June, worked on the 20th; a policy with other minutes since is not asked."""
    later = copied(place, tmp_path / "var")
    desk = Desk(later.ledger_url, vault_of(later, os.environ))
    desk.policy = policy_of(channels=("phone", "sms"))
    desk.knows(*(customer(who, manager_id=7 + who % 2) for who in PEOPLE))
    desk.sells(offer("FUND"), offer("CARD", "credit_card"))
    row = next(each.row for each in rows_of(desk, DAYS[0]) if each.state == "planned")
    worked(desk, row, "2026-06-20 10:00", "DELIVERED")
    desk.ledger.close()
    text = later.policy.read_text(encoding="utf-8")
    later.policy.write_text(text.replace("minutes = 1", "minutes = 3"), encoding="utf-8")
    emails = asked_sql(later, f"{EMAILS} >= '2026-06-19T16' and happened_at < '2026-06-20T16'")[0][
        0
    ]
    before, after = (
        {each["kind"]: each["units"] for each in asked(each, *DAY_20)["costs"]}["staff"]
        for each in (place, later)
    )
    assert (row.channel, row.minutes) == ("sms", 1)
    assert after - before == 1 + 2 * emails


def test_the_return_is_of_the_purchases_and_costs_of_the_same_days(place, told):
    """A customer's margins by hand on both sides, times the contacted, less the costs."""
    (found,) = told["returns"]
    value, cost = brought(place, LAST, {}), told["costs"][-1]["cents"]
    assert found["value_cents"]["value"] == pytest.approx(value)
    assert found["net_cents"]["value"] == pytest.approx(value - cost)
    assert found["return"]["value"] == pytest.approx(value / cost - 1)
    assert found["net_cents"]["low"] == pytest.approx(found["value_cents"]["low"] - cost)
    assert (found["verdict"], found["leaving"]) == ("more", "not_told")
    assert any("value, net and return are of purchases alone" in n["en"] for n in told["notes"])


def test_leaving_counts_where_it_is_of_the_same_days(place):
    """Over 90 days, who left has cost what he would have brought."""
    told = asked(place, *NINETY)
    left = leaving(open_bank(place.bank), FIRST)
    assert all(gone == (who % 4 == 0) for who, gone in left.items())
    (found,) = told["returns"]
    value = brought(place, date(2026, 8, 29), left)
    assert found["value_cents"]["value"] == pytest.approx(value)
    assert found["net_cents"]["value"] == pytest.approx(value - told["costs"][-1]["cents"])
    assert found["leaving"] == "counted"


def test_there_is_no_value_where_leaving_should_count_and_is_not_known(place):
    """90 days up to the bank's last, of which it does not tell who left."""
    told = asked(place, "--from", "2026-10-03", "--to", "2026-12-31")
    (found,) = told["returns"]
    assert found["cost_cents"] > 0
    assert {found[n] for n in ("leaving", "value_cents", "net_cents", "return", "verdict")} == {
        None
    }
    assert told["effects"] == []
    assert any("does not tell yet who left" in note["en"] for note in told["notes"])


def test_adoption_is_rows_worked_of_rows_listed(place, told):
    """Managers 7 and 8 sit at branches 3 and 4; a row is worked when its contact was made."""
    query = (
        "select p.list_id, count(*), sum(exists(select 1 from contacts c join contact_events e "
        "using (contact_id) where c.request_id = p.request_id and e.state in "
        "('attempted', 'delivered', 'connected', 'failed'))) from planned_rows p group by 1"
    )
    found = {each["branch_id"]: each for each in told["adoption"][:-1]}
    for list_id, listed, done in asked_sql(place, query):
        branch = found[{7: 3, 8: 4}[list_id]]
        assert (branch["listed"], branch["worked"]) == (listed, done)
        assert branch["share"] == pytest.approx(done / listed)
    assert told["adoption"][-1]["listed"] == 90


def test_it_is_told_in_words(place, tmp_path):
    """In both languages; that its intervals hold for one look stands on the page too."""
    words, page = ("--costs", place.root / "costs.toml"), tmp_path / "p.html"
    shown = run(place, *words, "--lang", "en", "--html", page).output
    assert "Programme, 2026-06-01 to 2026-06-30" in shown
    for told in (shown, page.read_text("utf-8")):
        assert "these intervals hold for one look, at days chosen beforehand" in told
        assert "goodcall outreach holdout effect BANK --looks N" in told
    chinese = run(place, *words, "--lang", "zh").output
    assert "项目投入产出" in chinese
    assert "上述区间仅对事先选定日期的一次查看有效" in chinese


def test_costs_in_another_currency_are_refused(place, tmp_path):
    """Figures would be compared that do not compare."""
    path = tmp_path / "costs.toml"
    path.write_text(COSTS.replace("CNY", "EUR"), encoding="utf-8")
    assert "counts in EUR, the bank in CNY" in str(run(place, "--costs", path).exception)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("email = 2.5", "pigeon = 2.5"), "channel 'pigeon' is unknown here; known: phone, sms"),
        (("minute_cents = 150", "minute_cents = -1"), "write a number of 0 or more"),
        (("cents = 30_000", "cent = 30_000"), "cents is missing"),
        (("[staff]", "extra = 1\n[staff]"), "'extra' is unknown here"),
    ],
)
def test_a_file_of_costs_names_its_mistake(change, message):
    """When it is read."""
    with pytest.raises(BadSettings, match=message):
        parse_costs(COSTS.replace(*change))


def test_months_count_by_the_days_that_they_are_held():
    """Half of April, all of May, and nothing after the end."""
    rent = Monthly("rent", 100, date(2026, 4, 16), date(2026, 5, 31))
    assert rent.months(date(2026, 1, 1), date(2026, 12, 31)) == pytest.approx(1.5)
    assert rent.months(date(2026, 6, 1), date(2026, 6, 30)) == 0


def personnel(place, root):
    """A copy with four managers, one without a branch, and a teller; the file of who is trained."""
    made = copied(place, root)
    manager, bank = "relationship_manager", open_bank(made.bank)
    people = [(7, 3, manager), (8, 4, manager), (9, 4, manager), (10, None, manager)]
    rows = [
        row | {"staff_id": who, "branch_id": branch, "role": role}
        for row in bank.read("staff").to_pylist()[:1]
        for who, branch, role in (*people, (11, 3, "teller"))
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=TABLES["staff"].schema), bank.file("staff"))
    file = made.root / "training.csv"
    days = {7: "2026-05-02", 8: "2026-06-30", 9: "2026-07-01", 11: "2026-05-02"}
    lines = ["staff_id,completed_on", *(f"{who},{day}" for who, day in days.items())]
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    return made, file


def test_training_is_told_of_managers_by_the_last_day(place, tmp_path):
    """By branch; a teller is no manager, and who completed it later is not trained yet."""
    made, file = personnel(place, tmp_path / "var")
    told = asked(made, "--training", file)
    found = {each["branch_id"]: (each["managers"], each["trained"]) for each in told["training"]}
    assert [each["branch_id"] for each in told["training"]] == [3, 4, None, None]
    assert (found[3], found[4]) == ((1, 1), (2, 1))
    nowhere, whole = told["training"][2:]
    assert (nowhere["managers"], nowhere["trained"], nowhere["share"]) == (1, 0, 0)
    assert (whole["managers"], whole["trained"], whole["share"]) == (4, 2, 0.5)
    later = asked(made, "--training", file, "--to", "2026-07-01")
    assert later["training"][-1]["trained"] == 3
    assert not any("is not known" in note["en"] for note in told["notes"])


def test_without_a_file_training_is_not_known(told):
    """No table of the bank tells it, and a note says so."""
    assert told["training"] == []
    assert any("give --training" in note["en"] for note in told["notes"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has the columns of no header; its first line must be staff_id,completed_on"),
        ("staff,day\n7,2026-05-02", "has the columns staff,day"),
        ("staff_id,completed_on\n7", "line 2: 1 cells; write a staff id and a day"),
        ("staff_id,completed_on\nseven,2026-05-02", "line 2: 'seven' is no staff id"),
        ("staff_id,completed_on\n\n7,yes", "line 3: 'yes' is no day; write one such as"),
        ("staff_id,completed_on\n7,", "line 2: '' is no day"),
        ("staff_id,completed_on\n9,2026-05-02", "line 2: staff 9 is not in the bank's table"),
        ("staff_id,completed_on\n7,2026-05-02\n7,2026-05-03", "line 3: staff 7 is there twice"),
        ('staff_id,completed_on\n7,"2026', "write plain CSV"),
    ],
)
def test_a_file_of_training_names_its_mistake(text, message):
    """The line, what is wrong and what to do."""
    with pytest.raises(BadSettings) as refused:
        parse_trained(text, {7, 8})
    assert message in str(refused.value)


def test_a_file_of_training_that_is_not_there_is_named(place):
    """As one of costs is."""
    done = run(place, "--costs", place.root / "costs.toml", "--training", place.root / "none.csv")
    assert "the file of training" in str(done.exception)
    assert "name a UTF-8 CSV file that exists" in str(done.exception)
