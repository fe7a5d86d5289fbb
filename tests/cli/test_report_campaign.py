"""The campaign report against counts of its own of the ledger's and the bank's tables."""

import json
import os
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from builders import a_bank, a_customer
from campaigned import FAMILY, FIRST, LAST, asked_sql, held_out
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from features import open_bank
from goodcall import Workspace
from governance import vault_of
from outreach import Ledger

SPAN = ("--from", str(FIRST), "--to", str(LAST))
REACHED = ("connected", "delivered")


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    return copied(campaign, tmp_path_factory.mktemp("campaign") / "var")


def asked(place, *words):
    bank = str(place.bank)
    done = CliRunner().invoke(
        app, ["report", "campaign", bank, *SPAN, "--home", str(place.root), *map(str, words)]
    )
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="module")
def told(place):
    return json.loads(asked(place, "--json"))


def local(text):
    return datetime.fromisoformat(text).astimezone(ZoneInfo("Asia/Shanghai")).date()


def test_rows_and_contacts_are_those_of_the_ledger(place, told):
    """Listed, attempted and answers by offer and channel, counted by plain SQL."""
    listed = Counter(
        (json.loads(row)["offer_code"], channel)
        for row, channel in asked_sql(place, "select row, channel from planned_rows")
    )
    contacts = {}
    query = (
        "select c.contact_id, c.offer_code, c.channel, c.happened_at, e.state, e.outcome "
        "from contacts c join contact_events e using (contact_id)"
    )
    for number, code, channel, at, state, outcome in asked_sql(place, query):
        if FIRST <= local(at) <= LAST:
            states, outcomes = contacts.setdefault(number, ((code, channel), set(), set()))[1:]
            states.add(state)
            outcomes.add(outcome)
    made = [each for each in contacts.values() if each[1] & {*REACHED, "attempted", "failed"}]
    assert sum(listed.values()) > 60
    lines = {(each["offer_code"], each["channel"]): each for each in told["contacts"][:-1]}
    assert lines.keys() == {*listed, *(where for where, *_ in made)}
    for where, line in lines.items():
        mine = [each for each in made if each[0] == where]
        assert line["listed"] == listed[where]
        assert line["attempted"] == len(mine)
        assert line["connected"] == sum("connected" in states for _, states, _ in mine)
        assert line["appointments"] == sum("CONNECTED_APPT" in said for *_, said in mine)
        assert line["refusals"] == sum("REFUSED_CHANNEL" in said for *_, said in mine)
        complaints = sum("COMPLAINT" in said for *_, said in mine)
        assert line["complaints"] == complaints
        assert line["complaints_per_1000"] == pytest.approx(1000 * complaints / len(mine))
    total = told["contacts"][-1]
    assert (total["listed"], total["attempted"]) == (sum(listed.values()), len(made))
    assert total["interested"] == sum(
        bool(said & {"CONNECTED_INTERESTED", "CONNECTED_APPT"}) for *_, said in made
    )


def test_purchases_count_for_the_last_contact_within_the_window(place, told):
    """Each holding by the last contact about its family that arrived, at most 30 days before."""
    query = (
        "select distinct c.contact_id, c.customer_id, c.offer_code, c.channel, c.happened_at "
        "from contacts c join contact_events e using (contact_id) "
        "where e.state in ('connected', 'delivered') and c.offer_code is not null"
    )
    contacts = [(number, who, code, channel, local(at))
                for number, who, code, channel, at in asked_sql(place, query)]  # fmt: skip
    count, cents, kept, buyers = Counter(), Counter(), Counter(), {}
    for row in open_bank(place.bank).read("holdings").to_pylist():
        near = [
            (day, number, code, channel)
            for number, who, code, channel, day in contacts
            if who == row["customer_id"]
            and FAMILY[code] == row["family"]
            and timedelta(0) <= row["opened_on"] - day <= timedelta(30)
        ]
        if near and max(near)[0] <= LAST:
            where = max(near)[2:]
            count[where] += 1
            buyers.setdefault(where, set()).add(row["customer_id"])
            cents[where] += row["amount_cents"]
            kept[where] += row["closed_on"] is None
    assert sum(count.values()) > 20
    for line in told["purchases"][:-1]:
        where = (line["offer_code"], line["channel"])
        assert line["purchases"] == count[where]
        assert line["amount_cents"] == cents[where]
        assert (line["watched"], line["lasted"]) == (count[where], kept[where])
        assert line["buyers"] == len(buyers.get(where, ()))
    assert told["purchases"][-1]["purchases"] == sum(count.values())
    assert told["attribution"]["days"] == 30
    assert len(told["attribution"]["version"]) == 12


def test_conversion_is_of_the_customers_who_were_asked(place, told):
    """Each customer once, by offer and channel and in all; a care call proposes nothing."""
    query = (
        "select distinct c.offer_code, c.channel, c.customer_id, c.happened_at "
        "from contacts c join contact_events e using (contact_id) where c.offer_code is not null "
        "and e.state in ('attempted', 'delivered', 'connected', 'failed')"
    )
    asked_of = {}
    for code, channel, who, at in asked_sql(place, query):
        if FIRST <= local(at) <= LAST:
            asked_of.setdefault((code, channel), set()).add(who)
    *lines, total = told["purchases"]
    for line in lines:
        people = asked_of.get((line["offer_code"], line["channel"]), ())
        assert line["asked"] == len(people)
        bought = line["buyers"] / len(people) if people else None
        assert line["conversion"] == (bought if bought is None else pytest.approx(bought))
    assert None in {line["conversion"] for line in lines}
    assert total["asked"] == len(set().union(*asked_of.values()))
    assert 0 < total["buyers"] < total["asked"] < sum(line["asked"] for line in lines)
    assert total["conversion"] == pytest.approx(total["buyers"] / total["asked"])


def test_the_whole_base_stands_against_the_hold_out(place, told):
    """Means of both sides are those of everybody, contacted or not; what was planted is shown."""
    held = held_out(place)
    found = Counter(
        row["customer_id"]
        for row in open_bank(place.bank).read("holdings").to_pylist()
        if FIRST <= row["opened_on"] <= LAST
    )
    bought, left = told["effects"]
    assert bought["held"] == pytest.approx(sum(found[who] for who in held) / len(held))
    others = set(range(1, 161)) - held
    assert bought["contacted"] == pytest.approx(sum(found[who] for who in others) / len(others))
    assert bought["verdict"] == "more"
    assert bought["difference"]["shown"]
    assert left["verdict"] == "not_shown"
    assert not left["difference"]["shown"]


def test_spans_side_by_side_add_up_to_the_whole(place, told):
    """What both sides bought in either half of June is what they bought in June."""
    halves = [
        json.loads(asked(place, "--json", "--from", first, "--to", last))["effects"][0]
        for first, last in ((FIRST, "2026-06-15"), ("2026-06-16", LAST))
    ]
    for name in ("contacted", "held"):
        assert sum(each[name] for each in halves) == pytest.approx(told["effects"][0][name])


def test_leaving_says_its_own_days(told):
    """They are 90 from the first day on, longer than the span."""
    notes = [note["en"] for note in told["notes"]]
    assert f"leaving is told over the 90 days from {FIRST} on, whatever the last day" in notes


def test_another_window_stands_in_the_workspace_and_in_the_answer(place, told):
    """A window of no days counts purchases of the same day alone, under another version."""
    text = (
        "[attribution]\ndays = 0\npersistence_days = 90\n"
        "[save]\nbefore_days = 30\nafter_days = [30, 90]\nkept_share = 0.7\nflagged_share = 0.05\n"
    )
    place.reports.write_text(text, encoding="utf-8")
    try:
        other = json.loads(asked(place, "--json"))
    finally:
        place.reports.unlink()
    assert other["attribution"]["days"] == 0
    assert other["attribution"]["version"] != told["attribution"]["version"]
    assert other["purchases"][-1]["purchases"] < told["purchases"][-1]["purchases"]


def test_it_is_told_in_both_languages_and_as_files_and_audited(place, tmp_path):
    """A table, a page that loads nothing, a workbook; and a line of who read it."""
    page, book = tmp_path / "c.html", tmp_path / "c.xlsx"
    shown = asked(place, "--lang", "en", "--html", page, "--xlsx", book)
    assert "Campaign, 2026-06-01 to 2026-06-30" in shown
    assert "not shown: the interval holds zero" in shown
    assert "30 days before" in page.read_text("utf-8")
    assert "http" not in page.read_text("utf-8")
    for told in (shown, page.read_text("utf-8")):
        assert "these intervals hold for one look, at days chosen beforehand" in told
        assert "goodcall outreach holdout effect BANK --looks N" in told
    assert "xl/worksheets/sheet2.xml" in ZipFile(BytesIO(book.read_bytes())).namelist()
    chinese = asked(place, "--lang", "zh")
    assert "营销活动" in chinese
    assert "上述区间仅对事先选定日期的一次查看有效" in chinese
    lines = [json.loads(line) for line in place.audit.read_text("utf-8").splitlines()]
    assert ("read report", "campaign, 2026-06-01 to 2026-06-30") in {
        (line["action"], line["subject"]) for line in lines
    }


def test_without_days_it_is_of_the_year_up_to_the_banks_last(place):
    """As every report over days."""
    words = ["report", "campaign", place.bank, "--home", place.root, "--json"]
    told = json.loads(CliRunner().invoke(app, [*map(str, words)]).stdout)
    assert (told["from"], told["to"]) == ("2026-01-01", "2026-12-31")


@pytest.mark.parametrize("days", [(LAST, FIRST), (FIRST, "2027-01-01"), ("2019-12-31", LAST)])
def test_days_that_are_none_of_the_banks_are_refused(place, days):
    """The wrong way round, after its last day, before its first."""
    words = ["report", "campaign", place.bank, "--from", days[0], "--to", days[1]]
    done = CliRunner().invoke(app, [*map(str, words), "--home", str(place.root)])
    assert "choose days from 2020-01-01 to 2026-12-31" in str(done.exception)


def test_what_cannot_be_told_is_said(place, tmp_path):
    """Before the draw, without one, and where the bank's data end too soon, notes tell why."""
    words = ["--from", "2026-04-01", "--to", "2026-04-30"]
    early = json.loads(asked(place, "--json", *words))
    assert early["effects"] == []
    assert not any("one look" in note["en"] for note in early["notes"])
    assert "drawn on 2026-05-01, after 2026-04-01" in early["notes"][1]["en"]
    late = json.loads(asked(place, "--json", "--from", "2026-12-01", "--to", "2026-12-31"))
    assert [each["name"] for each in late["effects"]] == ["bought"]
    assert "does not tell yet who left" in late["notes"][1]["en"]
    assert "purchases may still come" in late["notes"][0]["en"]
    bare = Workspace(tmp_path / "var")
    a_bank(bare.bank, customers=[a_customer(1)])
    Ledger.of(bare, vault_of(bare, os.environ)).close()
    nothing = json.loads(asked(bare, "--json"))
    assert "no hold-out is drawn" in nothing["notes"][-1]["en"]
    assert nothing["contacts"][-1]["complaints_per_1000"] is None
