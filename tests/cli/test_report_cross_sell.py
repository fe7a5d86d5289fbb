"""The report of cross-selling against counts of its own, by plain SQL and over the bank's rows."""

import json
import os
from collections import defaultdict
from datetime import date, datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from campaigned import FAMILY, FIRST, KEY, LAST, PEOPLE, a_holding, asked_sql, held_out
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from features import TABLES, open_bank
from goodcall.vocabulary import FAMILIES
from governance import vault_of
from outreach import Ledger
from reports import drawn

SPAN = ("--from", str(FIRST), "--to", str(LAST))
WINDOW = timedelta(30)


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """The campaign, in whose bank everybody but a tenth held deposits before; some gave them up.

    Every seventh customer bought insurance, on either side.
    """
    made = copied(campaign, tmp_path_factory.mktemp("cross-sell") / "var")
    bank = open_bank(made.bank)
    rows = bank.read("holdings").to_pylist()
    rows += [
        a_holding(
            *(1000 + who, who, "deposit", date(2025, 3, 1)),
            closed_on=FIRST + timedelta(who % 40) if who % 3 == 0 else None,
            matures_on=FIRST + timedelta(who % 40) if who % 6 == 0 else None,
        )
        for who in PEOPLE
        if who % 10
    ]
    rows += [
        a_holding(2000 + who, who, "insurance", FIRST + timedelta(9))
        for who in PEOPLE
        if who % 7 == 0
    ]
    schema = TABLES["holdings"].schema
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), bank.file("holdings"))
    return made


def asked(place, *words):
    said = ["report", "cross-sell", place.bank, *SPAN, "--home", place.root, *words]
    done = CliRunner().invoke(app, [*map(str, said)])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="module")
def told(place):
    return json.loads(asked(place, "--json"))


@pytest.fixture(scope="module")
def holdings(place):
    return open_bank(place.bank).read("holdings").to_pylist()


def local(text):
    return datetime.fromisoformat(text).astimezone(ZoneInfo("Asia/Shanghai")).date()


def held(rows, day):
    """Each customer's families as a day begins, a product an entry."""
    found = defaultdict(list)
    for row in rows:
        if row["opened_on"] < day and (row["closed_on"] is None or row["closed_on"] >= day):
            found[row["customer_id"]].append(row["family"])
    return found


def new_families(rows):
    """The families that each customer who held something began to hold in June beside those."""
    before, found = held(rows, FIRST), defaultdict(set)
    for row in rows:
        who, family = row["customer_id"], row["family"]
        if FIRST <= row["opened_on"] <= LAST and before[who] and family not in before[who]:
            found[who].add(family)
    return found


def test_products_a_customer_are_those_of_the_holdings(told, holdings):
    """As June begins, and as it has ended."""
    days = (FIRST, LAST + timedelta(1))
    assert [row["day"] for row in told["held"]] == [str(day) for day in days]
    for row, day in zip(told["held"], days, strict=True):
        mine = [families for families in held(holdings, day).values() if families]
        assert row["customers"] == len(PEOPLE)
        assert row["holders"] == len(mine)
        assert row["products"] == sum(map(len, mine))
        assert row["per_customer"] == pytest.approx(sum(map(len, mine)) / len(PEOPLE))
        assert row["several"] == sum(len(set(families)) > 1 for families in mine)
        assert row["several_share"] == pytest.approx(row["several"] / len(PEOPLE))
    assert told["held"][0]["per_customer"] < told["held"][1]["per_customer"]


def test_the_rate_is_of_those_who_held_others(told, holdings):
    """By family: who held something else and nothing of it, and began to hold it in June."""
    before, crossed = held(holdings, FIRST), new_families(holdings)
    holders = {who for who, families in before.items() if families}
    *lines, whole = told["rates"]
    assert [line["family"] for line in lines] == [*FAMILIES]
    for line in lines:
        could = {who for who in holders if line["family"] not in before[who]}
        began = {who for who in could if line["family"] in crossed[who]}
        assert (line["could"], line["crossed"]) == (len(could), len(began))
        assert line["share"] == (pytest.approx(len(began) / len(could)) if could else None)
    began = {who for who, families in crossed.items() if families}
    assert (whole["family"], whole["could"], whole["crossed"]) == (None, len(holders), len(began))
    assert 0 < len(began) < len(holders)


def test_offers_reconcile_with_the_ledger_and_the_holdings(place, told, holdings):
    """Customers asked, who bought, who held only others, what was replaced and what lasted."""
    query = (
        "select c.contact_id, c.customer_id, c.offer_code, c.happened_at, "
        "max(e.state in ('connected', 'delivered')) from contacts c "
        "join contact_events e using (contact_id) where c.offer_code is not null "
        "and e.state in ('attempted', 'delivered', 'connected', 'failed') group by 1, 2, 3, 4"
    )
    contacts = [(number, who, code, local(at), reached)
                for number, who, code, at, reached in asked_sql(place, query)]  # fmt: skip
    before, bought = held(holdings, FIRST), defaultdict(list)
    for row in holdings:
        near = [
            (day, number, code)
            for number, who, code, day, reached in contacts
            if (reached, who, FAMILY[code]) == (1, row["customer_id"], row["family"])
            and timedelta(0) <= row["opened_on"] - day <= WINDOW
        ]
        if near and max(near)[0] <= LAST:
            bought[max(near)[2]].append(row)
    *lines, whole = told["offers"]
    assert {line["offer_code"] for line in lines} == {*FAMILY}
    for line in lines:
        mine, family = bought[line["offer_code"]], FAMILY[line["offer_code"]]
        people = {who for _, who, code, day, _ in contacts
                  if code == line["offer_code"] and FIRST <= day <= LAST}  # fmt: skip
        buyers = {row["customer_id"] for row in mine}
        others = {who for who in buyers if before[who] and family not in before[who]}
        assert line["family"] == family
        assert (line["asked"], line["buyers"]) == (len(people), len(buyers))
        assert line["conversion"] == pytest.approx(len(buyers) / len(people))
        assert line["crossed"] == len(others)
        assert 0 < len(others) < len(buyers)
        assert line["purchases"] == len(mine)
        assert (line["watched"], line["lasted"]) == (
            *(len(mine), sum(row["closed_on"] is None for row in mine)),
        )
        gave_up = sum(gives_up(row, holdings) for row in mine)
        assert line["replaced"] == gave_up > 0
        assert line["replaced_share"] == pytest.approx(gave_up / len(mine))
    for name in ("purchases", "replaced", "watched", "lasted"):
        assert whole[name] == sum(line[name] for line in lines)
    assert whole["asked"] == len({who for _, who, _, day, _ in contacts if FIRST <= day <= LAST})


def gives_up(bought, holdings):
    """Whether the customer ended an older product within 30 days, and it did not run out."""
    return any(
        row["customer_id"] == bought["customer_id"]
        and row["opened_on"] < bought["opened_on"]
        and row["closed_on"] is not None
        and (row["matures_on"] is None or row["closed_on"] < row["matures_on"])
        and abs(row["closed_on"] - bought["opened_on"]) <= WINDOW
        for row in holdings
    )


def test_both_sides_of_the_hold_out_are_counted_whole(place, told, holdings):
    """Shares and means of everybody on a side, contacted or not; what was planted is shown."""
    out = held_out(place)
    sides = {"held": out, "contacted": {*PEOPLE} - out}
    crossed, after = new_families(holdings), held(holdings, LAST + timedelta(1))
    bought, ended = defaultdict(int), defaultdict(int)
    for row in holdings:
        bought[row["customer_id"]] += FIRST <= row["opened_on"] <= LAST
        due = row["matures_on"] is not None and row["closed_on"] == row["matures_on"]
        if row["closed_on"] is not None and not due:
            ended[row["customer_id"]] += FIRST <= row["closed_on"] <= LAST
    measures = {
        "cross_sold": lambda who: bool(crossed[who]),
        "bought": lambda who: bought[who],
        "ended": lambda who: ended[who],
        "products": lambda who: len(after[who]),
    }
    assert [row["name"] for row in told["effects"]] == [*measures]
    for row in told["effects"]:
        for side, people in sides.items():
            mean = sum(map(measures[row["name"]], people)) / len(people)
            assert row[side] == pytest.approx(mean)
    assert told["effects"][0]["verdict"] == "more"
    assert told["effects"][0]["difference"]["shown"]


def test_what_contacting_added_by_family_is_held_together(place, told, holdings):
    """Shares of both sides by family; intervals are as wide as all of them together ask."""
    out = held_out(place)
    sides = {"held": out, "contacted": {*PEOPLE} - out}
    with Ledger.of(place, vault_of(place, os.environ)) as ledger:
        base = drawn(open_bank(place.bank), ledger.draw(), KEY, FIRST)
    rows = told["incremental"]
    assert [row["family"] for row in rows] == ["fund", "insurance", "credit_card"]
    shown = sum(row["difference"]["shown"] for row in rows)
    errors = NormalDist().inv_cdf(1 - 0.05 * max(shown, 1) / len(rows) / 2)
    for row in rows:
        mine = [each for each in holdings if each["family"] == row["family"]]
        buyers = {each["customer_id"] for each in mine if FIRST <= each["opened_on"] <= LAST}
        for side, people in sides.items():
            assert row[side] == pytest.approx(len(buyers & people) / len(people))
        alone = base.effect(row["family"], dict.fromkeys(buyers, 1.0)).difference
        span = row["difference"]
        assert span["value"] == pytest.approx(row["contacted"] - row["held"])
        assert span["high"] - span["low"] == pytest.approx(
            (alone.high - alone.low) * errors / NormalDist().inv_cdf(0.975)
        )
        assert row["verdict"] == ("more" if span["low"] > 0 else "not_shown")
    assert [row["verdict"] for row in rows] == ["more", "not_shown", "more"]


def test_it_is_told_in_both_languages_with_a_picture(place, tmp_path):
    """Tables on the terminal, a picture in the page."""
    page = tmp_path / "c.html"
    shown = asked(place, "--lang", "en", "--html", page)
    assert "Cross-selling, 2026-06-01 to 2026-06-30" in shown
    assert "cannibalisation" in shown
    assert "<svg" in page.read_text("utf-8")
    zh = asked(place, "--lang", "zh", "--html", page)
    assert "交叉销售率" in zh
    assert "替代率" in page.read_text("utf-8")


def test_without_a_hold_out_to_compare_it_says_why(place):
    """Before the draw there are counts, and a note in place of effects."""
    early = json.loads(asked(place, "--json", "--from", "2026-04-01", "--to", "2026-04-30"))
    assert (early["effects"], early["incremental"]) == ([], [])
    assert any("drawn on 2026-05-01, after 2026-04-01" in note["en"] for note in early["notes"])
    assert early["offers"][-1]["conversion"] is None
    assert early["held"][0]["holders"] > 0
