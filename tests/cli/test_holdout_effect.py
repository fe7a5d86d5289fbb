"""What the hold-out shows: customers counted on the side that they were drawn for."""

import json
import os
import shutil
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pytest
from typer.testing import CliRunner

from banks import simulate
from cli.app import app
from cli.holdout_effect import effects_since
from features import cohort_at, open_bank, profiles
from goodcall import Workspace
from governance import vault_of
from outreach import ExperimentError, Ledger, Standing, freeze, in_holdout
from reports import Drawn, drawn

SINCE, KEY = date(2026, 2, 1), b"sixteen bytes or more"
NOW = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A simulated bank whose hold-out was drawn five months before its last day."""
    made = Workspace(tmp_path_factory.mktemp("effect") / "var")
    simulate(made.bank, customers=600, months=12, seed=5)
    made.holdout_key.write_bytes(KEY)
    people = [Standing(who) for who in profiles(open_bank(made.bank), SINCE)]
    draw = freeze(people, key=KEY, share=0.3, bands=[], day=SINCE)
    with Ledger.of(made, vault_of(made, os.environ)) as ledger:
        ledger.save_draw(draw, now=NOW)
    return made


@pytest.fixture(scope="module")
def draw(place):
    with Ledger.of(place, vault_of(place, os.environ)) as ledger:
        return ledger.draw()


@pytest.fixture(scope="module")
def opened(place):
    """How many families each customer opened first within 90 days, by hand."""
    return opened_by_hand(open_bank(place.bank), 90)


def opened_by_hand(bank, days):
    """Families of which one was opened in so many days and none held before, by customer."""
    clock, late = ZoneInfo(bank.manifest.zone), SINCE + timedelta(days)
    midnight = datetime.combine(SINCE, time(), clock)
    versions = defaultdict(list)
    for row in bank.read("holdings").to_pylist():
        versions[row["holding_id"]].append(row)
    held, begun = set(), set()
    for rows in versions.values():
        which = rows[0]["customer_id"], rows[0]["family"]
        began = min(row["happened_at"] for row in rows).astimezone(clock).date()
        known = [row for row in rows if max(row["known_at"], row["happened_at"]) < midnight]
        if known:
            end = max(known, key=lambda row: row["known_at"])["closed_on"]
            held |= {which} if end is None or end >= SINCE else set()
        begun |= {which} if SINCE <= began < late else set()
    return Counter(who for who, _ in begun - held)


def test_purchases_are_those_of_the_raw_table(place, draw, opened):
    """Families opened within 90 days by who held none, counted by hand over the holdings.

    Of active customers with an account, which are the cohort of the day.
    """
    bank = open_bank(place.bank)
    base = drawn(bank, draw, KEY, draw.day)
    (bought, _) = effects_since(bank, base)
    base = base.among(cohort_at(bank, [SINCE])["customer_id"].to_pylist())
    assert bought.counted == len(opened.keys() & base.held.keys()) > 50
    assert bought == base.effect("families", opened)


def test_a_bank_that_keeps_its_own_habits_shows_no_effect(place, draw, opened):
    """Its managers know nothing of a draw: of 300 draws by other keys 2 to 9 in 100 show one."""
    everyone = [*profiles(open_bank(place.bank), SINCE)]
    shown = 0
    for number in range(300):
        key = f"sixteen bytes or more, {number}".encode()
        other = freeze(map(Standing, everyone), key=key, share=0.3, bands=[], day=SINCE)
        base = Drawn({who.customer_id: in_holdout(who, key, other) for who in everyone}, other)
        effect = base.effect("families", opened)
        assert effect.verdict != "insufficient"
        shown += effect.verdict != "not_shown"
    assert 6 <= shown <= 27
    base = drawn(open_bank(place.bank), draw, KEY, SINCE)
    sold = {who: opened[who] + (not out and who % 3 == 0) for who, out in base.held.items()}
    assert base.effect("families", sold).verdict == "more"


def test_the_command_tells_and_is_audited(place):
    """A table for a person, figures with intervals for a program, and a line of who asked."""
    words = ["outreach", "holdout", "effect", str(place.bank), "--home", str(place.root)]
    shown = CliRunner().invoke(app, [*words, "--lang", "en"])
    assert shown.exit_code == 0, (shown.output, shown.exception)
    assert "90 days since 2026-02-01" in shown.output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    families, left = told["effects"]
    assert families["difference"]["low"] < families["difference"]["high"]
    assert (families["name"], left["name"], told["since"]) == ("families", "left", "2026-02-01")
    actions = [json.loads(line)["action"] for line in place.audit.read_text().splitlines()]
    assert actions.count("read effect of hold-out") == 2


@pytest.fixture
def watched(place, tmp_path):
    """The same bank and draw, before anybody has looked."""
    made = Workspace(tmp_path / "var")
    shutil.copytree(place.root, made.root)
    return made


def asked(place, *words, until=None, failing=None):
    """What the command says while the bank's data reach to a day."""
    file = place.bank / "bank.json"
    if until is not None:
        facts = json.loads(file.read_text("utf-8")) | {"last_day": until}
        file.write_text(json.dumps(facts), encoding="utf-8")
    said = ["outreach", "holdout", "effect", str(place.bank), "--home", str(place.root)]
    done = CliRunner().invoke(app, [*said, *map(str, words)])
    if failing is not None:
        assert failing in str(done.exception), done.output
        return None
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout) if "--json" in words else done.stdout


def test_looks_that_were_planned_tell_purchases_before_the_days_are_over(watched):
    """The first of three when 30 days are told: what was bought by then, with a wider interval."""
    asked(watched, "--json", until="2026-03-15", failing="bring data that reach so far")
    first = asked(watched, "--looks", 3, "--json")
    plan = first["plan_of_looks"]
    assert (plan["look"], plan["of"], plan["due"], plan["next"]) == (
        *(1, 3, "2026-03-02"),
        "2026-04-01",
    )
    assert (plan["through"], plan["may_stop"], plan["shown_at"]) == (
        *(pytest.approx(1 / 3), False),
        None,
    )
    # What the spending function of O'Brien and Fleming allows by a third, and its limit.
    assert plan["spent"] == pytest.approx(0.000207, rel=0.01)
    assert plan["limit"] == pytest.approx(3.71, abs=0.15)
    (families,) = first["effects"]
    bank = open_bank(watched.bank)
    with Ledger.of(watched, vault_of(watched, os.environ)) as ledger:
        base = drawn(bank, ledger.draw(), KEY, SINCE)
    base = base.among(cohort_at(bank, [SINCE])["customer_id"].to_pylist())
    plain = base.effect("families", opened_by_hand(bank, 30))
    assert families["difference"]["value"] == pytest.approx(plain.difference.value)
    assert families["difference"]["low"] < plain.difference.low
    assert families["difference"]["high"] > plain.difference.high
    looks = first["looks"]
    assert [each["due"] for each in looks] == ["2026-03-02", "2026-04-01", "2026-05-01"]
    assert looks[0]["difference"] == families["difference"]
    assert [each["limit"] for each in looks[1:]] == [None, None]
    assert [round(each["spent"], 4) for each in looks] == [0.0002, 0.0121, 0.05]


def test_between_two_looks_the_earlier_one_is_told_again(watched):
    """Asking every day is no further look, and the plan that was made needs no saying."""
    first = asked(watched, "--looks", 3, "--json", until="2026-03-02")
    assert asked(watched, "--json", until="2026-03-31") == first
    second = asked(watched, "--json", until="2026-04-01")
    assert second["plan_of_looks"]["look"] == 2
    assert second["looks"][0] == first["looks"][0]
    last = asked(watched, "--looks", 3, "--json", until="2026-06-30")
    assert last["plan_of_looks"]["next"] is None
    assert last["plan_of_looks"]["may_stop"]
    for before, after in zip(second["looks"][:2], last["looks"], strict=False):
        assert after["limit"] == pytest.approx(before["limit"])
        assert after["difference"] == pytest.approx(before["difference"])
    assert [each["name"] for each in last["effects"]] == ["families", "left"]
    lines = [json.loads(line) for line in watched.audit.read_text("utf-8").splitlines()]
    planned = [line for line in lines if line["action"] == "plan looks"]
    assert {line["subject"] for line in planned} == {"draw 1"}
    assert planned[0]["facts"] == {"looks": 3, "days": 90}


def test_looks_are_told_in_both_languages_and_as_files(watched, tmp_path):
    """Which look of how many, what is spent, and whether to go on; a table of all that are due."""
    page, book = tmp_path / "e.html", tmp_path / "e.xlsx"
    files = ("--html", page, "--xlsx", book)
    shown = asked(watched, "--looks", 3, "--lang", "en", *files, until="2026-04-10")
    assert "What contacting changed, 60 days since 2026-02-01" in shown
    assert "look 2 of 3, of 2026-04-01, at 67 % of the 90 days: 1.21 of the 5 % " in shown
    assert "no look has shown a difference; the next is due on 2026-05-01" in shown
    assert "Looks: families first opened, a customer; 2 of 3" in shown
    assert "the interval holds for all looks together" in page.read_text("utf-8")
    assert "xl/worksheets/sheet2.xml" in ZipFile(book).namelist()
    chinese = asked(watched, "--lang", "zh")
    assert "第2次查看(共3次,2026-04-01)" in chinese
    assert "下次查看为2026-05-01" in chinese


def test_looks_that_were_not_planned_beforehand_are_refused(watched, place):
    """None, too many, too early to tell, another plan, and a plan when the days are over."""
    asked(watched, "--looks", 0, failing="0 looks cannot be planned; give 1 to 30")
    asked(watched, "--looks", 31, failing="give 1 to 30")
    asked(place, "--looks", 3, failing="the last is due, and that was 2026-05-01")
    early = "look 1 of 3 is due on 2026-03-02, and nothing is told before; bring data"
    asked(watched, "--looks", 3, until="2026-03-01", failing=early)
    asked(watched, "--looks", 4, failing="3 looks over 90 days are planned already")


def test_before_the_days_have_passed_nothing_is_told(place):
    """Who came today has bought nothing yet."""
    bank = open_bank(place.bank)
    last = pc.max(bank.read("balances")["happened_at"]).as_py().date()
    soon = freeze(
        [Standing(who) for who in profiles(bank, last)],
        key=KEY, share=0.3, bands=[], day=last,
    )  # fmt: skip
    with pytest.raises(ExperimentError, match="bring data that reach so far"):
        effects_since(bank, drawn(bank, soon, KEY, soon.day))
