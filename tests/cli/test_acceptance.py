"""What an offer is said to meet with, against what becomes of a simulated bank."""

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from served import promote
from typer.testing import CliRunner

from banks import CONTACT_CHANNELS, Simulation, found
from banks.outlook import standing
from banks.world_state import PHONE
from cli.acceptance import accepted, lookback, scoring, with_offer
from cli.app import app
from cli.loop.desk import contacts_on
from cli.loop.workshop import unseen
from cli.night_files import ledger_in
from cli.options import bank_in
from cli.planning import Night, offers_on
from cli.policies import install_policy, policy_of
from cli.policy_diff import inputs_of, replayed
from cli.records import audit_of
from features import CATALOG, as_of, cohort_at, open_bank
from goodcall import Workspace
from goodcall.vocabulary import FAMILIES
from outreach import default_policy_text, load_offer
from outreach.funnel import funnel_of
from reports import Audience, acceptance
from training import train
from training.definitions.definition import NextProduct

PAST, AFTER, CUSTOMERS, SEED = 22, 3, 2500, 41
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FAMILY = "credit_card"
NEW = """
[[offer]]
code = "NEW"
family = "credit_card"
name_en = "a new card"
name_zh = "新卡"
margin_cents = { is = 90000, source = "assumed" }
kinds = ["retail", "private"]
investment = false
"""


@dataclass(frozen=True)
class Place:
    """A workspace with a trained champion, the bank that lives on, the day it goes on from."""

    home: Workspace
    bank: Simulation
    day: date
    file: str


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A simulated bank of two years, and a model that learned from dates of its first half."""
    folder = tmp_path_factory.mktemp("acceptance")
    home = Workspace(folder / "var")
    bank = found(home.bank, customers=CUSTOMERS, months=PAST + AFTER, lived=PAST, seed=SEED)
    calendar, opened = bank.setting.calendar, open_bank(home.bank)
    dates = [calendar.first_of(month) for month in (8, 12, 16)]
    table = as_of(opened, cohort_at(opened, dates), CATALOG)
    promote(home, train(opened, table, CATALOG, NextProduct(), seed=1, now=NOW).model)
    install_policy(home, default_policy_text())
    home.holdout_key.write_bytes(b"sixteen bytes or more")
    (folder / "new.toml").write_text(NEW, encoding="utf-8")
    return Place(home, bank, calendar.first_of(PAST), str(folder / "new.toml"))


@pytest.fixture(scope="module")
def told(place):
    """What is said of a new card, whom it fits, and whom the rules let be called about it."""
    opened = bank_in(place.home, place.home.bank)
    policy = with_offer(policy_of(place.home, currency="CNY"), load_offer(Path(place.file)), "NEW")
    night = Night(place.home, opened, policy, place.day, NOW, audit_of(place.home))
    offer = next(each for each in offers_on(night, policy) if each.code == "NEW")
    with ledger_in(place.home) as ledger:
        inputs = inputs_of(night, ledger, unseen)
        plan = replayed(inputs, policy, ledger)
    trails = [plan.trail(who) for who in sorted(plan.trails)]
    windows = lookback(night, scoring(night, offer), unseen)
    found_ = accepted(inputs, offer, trails, windows)
    return SimpleNamespace(
        found=found_, trails=trails, plan=plan, windows=windows, scores=inputs.scores
    )


def places_of(place, trails, fits):
    """The places in the simulation of those one of whose attempts at the offer is so."""
    first = int(place.bank.setting.people.customer_id[0])
    return np.array(
        [
            trail.customer_id - first
            for trail in trails
            if any(each.offer_code == "NEW" and fits(each) for each in trail.attempts)
        ]
    )


def bought(place, who, contacts, family=FAMILY):
    """How many of some customers first buy of a family in 90 days, by the bank's hidden truth."""
    bank = deepcopy(place.bank)
    number, start = FAMILIES.index(family), bank.setting.calendar.month(bank.month)[0]
    free = ~standing(bank).holds[:, number]
    bank.live(contacts)
    for _ in range(AFTER - 1):
        bank.live(bank.plan()[:0])
    rows = np.concatenate([month.purchases for month in bank.history.months[PAST:]])
    mine = rows[(rows["family"] == number) & (rows["day"] < start + 90)]
    return int(free[np.intersect1d(mine["who"], who)].sum())


def line(told, group, channel=None):
    return next(e for e in told.found.expected if (e.group, e.channel) == (group, channel))


_FITS = ("rules", "worth_it", "reasons", "capacity", "listed")


def test_left_alone_as_many_buy_as_the_interval_says(place, told):
    """All whom the offer fits, in a bank that contacts nobody for three months."""
    who = places_of(place, told.trails, lambda each: each.step in _FITS)
    said = line(told, "eligible")
    truth = bought(place, who, place.bank.plan()[:0])
    assert said.customers == len(who) > 1000
    assert said.alone.value > 15
    assert said.alone.low <= truth <= said.alone.high
    assert said.alone.high - said.alone.low < 2 * said.alone.value


def test_called_as_many_buy_as_the_interval_says(place, told):
    """All whom the rules let be called are called on the first day, and nobody afterwards."""
    who = places_of(
        place, told.trails, lambda each: each.channel == "phone" and each.step in _FITS[1:]
    )
    said = line(told, "allowed", "phone")
    family = np.full(len(who), FAMILIES.index(FAMILY))
    calls = contacts_on(place.bank, who, channel=np.full(len(who), PHONE), family=family)
    assert said.customers == len(who) > 300
    truth, alone = bought(place, who, calls), bought(place, who, place.bank.plan()[:0])
    assert said.alone.low <= alone <= said.alone.high
    assert alone < truth
    assert said.contacted.low <= truth <= said.contacted.high


def test_the_listed_contacted_as_the_plan_says_buy_as_the_interval_says(place, told):
    """The day's lists with the offer, made as they stand."""
    rows = [row for row in told.plan.rows if row.offer_code == "NEW"]
    lines = [e for e in told.found.expected if e.group == "listed"]
    assert sum(each.customers for each in lines) == len(rows) > 10
    first = int(place.bank.setting.people.customer_id[0])
    who = np.array([row.customer_id - first for row in rows])
    by = np.array([CONTACT_CHANNELS.index(row.channel) for row in rows])
    family = np.full(len(who), FAMILIES.index(FAMILY))
    truth = bought(place, who, contacts_on(place.bank, who, channel=by, family=family))
    assert sum(e.contacted.low for e in lines) <= truth <= sum(e.contacted.high for e in lines)


def test_of_all_families_hardly_any_interval_misses(place, told):
    """Everyone who is scored and holds nothing of a family, left alone; one of eight may miss."""
    first = int(place.bank.setting.people.customer_id[0])
    at = told.scores["customer_id"].to_numpy() - first
    held = 0
    for family in FAMILIES:
        free = ~standing(place.bank).holds[at, FAMILIES.index(family)]
        audience = Audience(free, told.scores[f"buys:{family}"].to_numpy(), (), {})
        (said,) = acceptance(audience, told.windows, family, funnel_of([])).expected
        truth = bought(place, at[free], place.bank.plan()[:0], family)
        held += said.alone.low <= truth <= said.alone.high
    assert held >= len(FAMILIES) - 1


def test_the_command_tells_writes_files_and_is_audited(place, tmp_path):
    """Figures for a program, a page and a workbook for people, and nothing kept of the plan."""
    words = ["outreach", "acceptance", str(place.home.bank), "NEW", "--new", place.file]
    files = ["--html", str(tmp_path / "a.html"), "--xlsx", str(tmp_path / "a.xlsx")]
    where = ["--date", str(place.day), "--home", str(place.home.root)]
    done = CliRunner().invoke(app, [*words, *files, *where, "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    said = json.loads(done.stdout)
    eligible, *contacted = said["expected"]
    assert eligible["alone"]["low"] < eligible["alone"]["value"] < eligible["alone"]["high"]
    assert {each["origin"] for each in contacted} == {"assumed"}
    for each in contacted:
        assert each["added"]["low"] == 0
        assert each["margin_cents"]["value"] == pytest.approx(each["added"]["value"] * 76_500)
    for dimension in ("kind", "age", "region", "tier"):
        mine = [each for each in said["segments"] if each["dimension"] == dimension]
        assert sum(each["customers"] for each in mine) == eligible["customers"]
        assert sum(each["alone"]["value"] for each in mine) == pytest.approx(
            eligible["alone"]["value"]
        )
    assert said["margin_assumed"]
    assert len(said["windows"]) == 4
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "What offer NEW would meet with" in page
    assert (tmp_path / "a.xlsx").stat().st_size > 0
    line = json.loads(place.home.audit.read_text().splitlines()[-1])
    assert (line["action"], line["subject"]) == ("simulate acceptance", f"offer NEW, {place.day}")
    with ledger_in(place.home) as ledger:
        assert ledger.plan_before(place.day, or_on=True) is None


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (NEW.replace("credit_card", "gold"), "NEW", "family"),
        (NEW + NEW.replace('"NEW"', '"TWO"'), "NEW", "holds 2 offers"),
        (NEW + 'zone = "UTC"', "NEW", "zone"),
        (NEW, "OLD", "'OLD' is asked about"),
        (NEW.replace('"NEW"', '"GOLDCARD"'), "GOLDCARD", "take the"),
    ],
)
def test_what_is_no_new_offer_is_refused(place, tmp_path, text, code, said):
    """The reason says what is wrong and what to do."""
    file = tmp_path / "offer.toml"
    file.write_text(text, encoding="utf-8")
    words = ["outreach", "acceptance", str(place.home.bank), code, "--new", str(file)]
    done = CliRunner().invoke(
        app, [*words, "--date", str(place.day), "--home", str(place.home.root)]
    )
    assert done.exit_code != 0
    assert said in str(done.exception)


def test_what_is_not_on_sale_is_refused(place):
    """The offers on sale are named."""
    words = ["outreach", "acceptance", str(place.home.bank), "NOPE", "--date", str(place.day)]
    done = CliRunner().invoke(app, [*words, "--home", str(place.home.root)])
    assert done.exit_code != 0
    assert "GOLDCARD" in str(done.exception)
