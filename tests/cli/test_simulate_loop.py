"""`goodcall simulate loop`: policies at work in a bank whose truth is known, killed and resumed."""

import json
import shutil
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dying import killed_at
from typer.testing import CliRunner

from banks import PHONE, Simulation, found, outlook
from banks.world_arrays import Records
from banks.world_state import BRANCH, SMS
from cli import simulate
from cli.app import app
from cli.errors import BadOption
from cli.loop import ceiling, course
from cli.loop.ceiling import lessons_in
from cli.loop.course import QUIET_DAYS, played
from cli.loop.desk import Desk, Terms, Wishes, desk_of, refuse_other_channels, terms_of
from cli.loop.foreseen import foreseen_cents, wishes_of
from cli.loop.players import Rival
from cli.loop.rivals import RIVALS
from cli.loop.worth import result_of
from cli.show import Show
from features import CATALOG, as_of, cohort_at, open_bank, profiles
from goodcall.calendar import start_of_day
from goodcall.vocabulary import FAMILIES, OUTCOMES
from models import matrix_of
from outreach import Facts, Policy, Rule, default_policy_text, load_policy, parse_policy

_LEAVING = """
[[label]]
kind = "leaving"
"""
_PAST = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bank of `rivals` has its tables."""
    return tmp_path_factory.mktemp("rivals") / "bank"


@pytest.fixture(scope="module")
def rivals(folder: Path) -> tuple[Simulation, Terms]:
    """A bank of two thousand before a policy sets to work, and the terms for all of them."""
    bank = found(
        folder,
        customers=2_000,
        months=_PAST + 9,
        lived=_PAST,
        seed=5,
        world="strong",
        quiet_days=QUIET_DAYS,
    )
    policy = parse_policy(default_policy_text())
    first = bank.setting.calendar.first_of(_PAST)
    return bank, terms_of(bank, open_bank(folder), policy, first)


@pytest.mark.parametrize("name", RIVALS)
def test_nobody_is_contacted_beyond_what_is_allowed(
    rivals: tuple[Simulation, Terms], name: str
) -> None:
    """Minutes, consent, complaints, what is held and what suits bind every policy."""
    desk = desk_of(*rivals)
    made = RIVALS[name](desk, None)
    assert len(np.unique(made["who"])) == len(made)
    assert _all_open(desk, made)
    minutes = _minutes(desk, made)
    assert (minutes <= _there(desk)).all()
    assert len(made) == 0 if name == "nothing" else minutes.sum() > 0.5 * _there(desk).sum()


@pytest.mark.parametrize("name", RIVALS)
def test_a_colleague_of_the_branch_stands_in_for_who_is_away(
    rivals: tuple[Simulation, Terms], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the colleague's own minutes; where a whole branch is away nobody is contacted."""
    bank, terms = rivals
    manager = _on_file(bank, terms)
    branches = {each - 1: branch for each, branch in terms.branch_of.items()}
    colleagues = [each for each, branch in branches.items() if branch == branches[0]]
    alone = [each for each, branch in branches.items() if branch == branches[1]]
    away = np.array([colleagues[0], *alone])
    monkeypatch.setattr(Simulation, "away", property(lambda _: away))
    desk = desk_of(bank, terms)
    made = RIVALS[name](desk, None)
    lists = desk.list_of[made["who"]] - 1
    assert not np.isin(lists, away).any()
    assert not np.isin(manager[made["who"]], alone).any()
    stood_in = manager[made["who"]] == colleagues[0]
    assert np.isin(lists[stood_in], colleagues[1:]).all()
    assert (_minutes(desk, made) <= _there(desk)).all()
    assert stood_in.any() or name in {"nothing", "discretion"}


def test_customers_stand_on_the_list_of_the_manager_on_file(
    rivals: tuple[Simulation, Terms], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who got another manager in the past stands on that one's, as on Goodcall's lists."""
    monkeypatch.setattr(Simulation, "away", property(lambda _: np.array([], dtype=np.int64)))
    own = _on_file(*rivals)
    assert (desk_of(*rivals).list_of == own + 1).all()
    assert (own != rivals[0].setting.people.manager).mean() > 0.01


def test_whoever_asked_never_to_be_contacted_is_open_to_no_policy(
    rivals: tuple[Simulation, Terms],
) -> None:
    """Those whom the bank's own table of consents bars from every channel, the branch too."""
    bank, desk = rivals[0], desk_of(*rivals)
    months = [month.contacts for month in bank.history.months]
    all_ = OUTCOMES.index("REFUSED_ALL")
    barred = {int(who) for each in months for who in each["who"][each["outcome"] == all_]}
    assert len(barred) > 2
    assert not desk.open_care[sorted(barred)].any()
    assert not desk.open_offers[sorted(barred)].any()


def test_whoever_refused_a_channel_is_approached_by_it_no_more(
    rivals: tuple[Simulation, Terms],
) -> None:
    """At the branch too, where the simulated bank's managers go on by habit."""
    bank, desk = rivals[0], desk_of(*rivals)
    refused = OUTCOMES.index("REFUSED_CHANNEL")
    for place, channel in enumerate(desk.channels):
        barred = {
            int(each["who"])
            for month in bank.history.months
            for each in month.contacts
            if each["outcome"] == refused and each["channel"] == channel
        }
        assert len(barred) > 2
        assert not desk.open_care[sorted(barred), place].any()
        assert not desk.open_offers[sorted(barred), :, place].any()


def test_whoever_complained_rests_as_long_as_the_contact_policy_says(
    rivals: tuple[Simulation, Terms], folder: Path
) -> None:
    """The desk knows by the world what the policy's own rule says by the bank's table of cases."""
    desk, opened = desk_of(*rivals), open_bank(folder)
    rule = desk.terms.policy.rule("complaint_cooloff")
    ends = start_of_day(desk.day + timedelta(days=1), opened.manifest.zone)
    first = int(desk.bank.setting.people.customer_id[0])
    by_rule, by_desk, complained = set(), set(), 0
    for profile in profiles(opened, desk.day):
        who, cases = profile.customer_id - first, [c.kind for c in profile.cases]
        complained += "complaint" in cases
        if not rule.check(None, Facts(profile, {}), ends, rule.terms).passes:
            by_rule.add(who)
        if desk.standing.here[who] and desk.standing.consents[who, BRANCH]:
            by_desk |= set() if desk.open_care[who, desk.channels.index(BRANCH)] else {who}
        else:
            by_rule.discard(who)
    assert by_desk == by_rule
    assert 10 < len(by_rule) < complained - 20


def test_a_contact_policy_without_a_rest_after_complaints_binds_nobody(
    rivals: tuple[Simulation, Terms],
) -> None:
    """One that is over neither; one for some channels leaves the others open."""
    bank, terms = rivals
    rule = terms.policy.rule("complaint_cooloff")
    shut = {
        name: ~desk_of(bank, replace(terms, policy=_with_rule(terms.policy, changed))).open_care
        for name, changed in {
            "as it is": rule,
            "none": replace(rule, kind="low_mood"),
            "over": replace(rule, expires=date(2001, 1, 1)),
            "phone": replace(rule, channels=frozenset({"phone"})),
        }.items()
    }
    phone = [each.id for each in terms.policy.channels].index("phone")
    assert np.array_equal(shut["over"], shut["none"])
    assert (shut["as it is"].sum(axis=0) > shut["none"].sum(axis=0)).all()
    assert np.array_equal(shut["phone"][:, phone], shut["as it is"][:, phone])
    others = np.delete(shut["phone"], phone, axis=1)
    assert np.array_equal(others, np.delete(shut["none"], phone, axis=1))


def _with_rule(policy: Policy, rule: Rule) -> Policy:
    """A policy with one rule in the place of that of the same id."""
    return replace(policy, rules=tuple(rule if e.id == rule.id else e for e in policy.rules))


def test_no_rest_of_a_week_reaches_into_the_first_month(rivals: tuple[Simulation, Terms]) -> None:
    """In the last week before it nobody was contacted; until then they were, by habit."""
    bank = rivals[0]
    _, ends = bank.setting.calendar.month(_PAST - 1)
    made = bank.history.months[-1].contacts["day"]
    assert ends - QUIET_DAYS - 3 <= made.max() < ends - QUIET_DAYS


@pytest.mark.parametrize("name", sorted(set(RIVALS) - {"nothing"}))
def test_no_more_are_contacted_than_asked_for(rivals: tuple[Simulation, Terms], name: str) -> None:
    """Policies compared at equal contacts make that many."""
    assert len(RIVALS[name](desk_of(*rivals), 17)) == 17


def test_who_knows_the_truth_does_best(tmp_path: Path) -> None:
    """Chosen by true effects, contacts bring more than by lot, habit or push, and nothing costs."""
    net = {name: _told(tmp_path / name, "--policy", name)["result"] for name in RIVALS}
    best = net.pop("oracle")["net_value_cents"]
    assert all(best > each["net_value_cents"] for each in net.values())
    assert net["nothing"]["contacts"] == net["nothing"]["cost_cents"] == 0


def test_what_contacts_could_bring_is_what_they_were_chosen_for(
    rivals: tuple[Simulation, Terms],
) -> None:
    """Of the oracle's own contacts the truth expects what it saw in each; of none nothing."""
    desk = desk_of(*rivals)
    made, worth = RIVALS["oracle"](desk, None), wishes_of(desk, outlook(desk.bank))
    each = [_worth_of(desk, worth, contact) for contact in made]
    assert foreseen_cents(desk, made) == pytest.approx(sum(each))
    assert min(each) > 0
    assert foreseen_cents(desk, made[:9]) == pytest.approx(sum(each[:9]))
    assert foreseen_cents(desk, made[:0]) == 0


def _worth_of(desk: Desk, worth: Wishes, contact: np.void) -> float:
    who, channel = contact["who"], desk.channels.index(contact["channel"])
    family = contact["family"]
    return float(worth.care[who, channel] if family < 0 else worth.offers[who, family, channel])


def test_what_is_expected_of_months_is_what_comes_of_them() -> None:
    """Over twelve banks of equally rich customers, within four standard errors.

    Each lives once with contacts by lot and once without; the cost of contacts is a third of it.
    """
    policy, months, found = parse_policy(default_policy_text()), 4, []
    for seed in range(12):
        bank = Simulation("strong", customers=15_000, months=6 + months + 3, seed=700 + seed)
        for _ in range(6):
            bank.live(bank.plan())
        bank.setting.people.assets[:] = 20_000_000
        suits = np.ones((bank.setting.people.count, len(FAMILIES)), dtype=np.bool_)
        lots, none = (
            played(
                deepcopy(bank), Terms(policy, {}, suits, (), {}), Rival(RIVALS[name]), months, None
            )[0]
            for name in ("random", "nothing")
        )
        came = lots.net_value_cents - none.net_value_cents
        found.append((came, lots.expected_value_cents, lots.cost_cents))
    came, expected, cost = np.array(found).T
    error = (came - expected).std(ddof=1) / len(found) ** 0.5
    assert error < 0.1 * abs(expected.mean())
    assert expected.mean() < -2.5 * cost.mean()
    assert abs((came - expected).mean()) < 4 * error


def test_what_was_expected_of_a_course_is_what_was_of_its_months(tmp_path: Path) -> None:
    """The truth expects much of the oracle, and nothing of who contacts nobody."""
    told = {name: _told(tmp_path / name, "--policy", name) for name in ("oracle", "nothing")}
    months = [each["expected_value_cents"] for each in told["oracle"]["months"]]
    assert min(months) > 0
    assert told["oracle"]["result"]["expected_value_cents"] == pytest.approx(sum(months))
    assert told["nothing"]["result"]["expected_value_cents"] == 0


def test_the_net_value_adds_up(rivals: tuple[Simulation, Terms]) -> None:
    """What a result says is what its parts come to at the contact policy's prices."""
    bank, terms = rivals
    result, value = result_of(bank, terms.policy, 0, 7.0), terms.policy.value
    made = np.concatenate([month.contacts for month in bank.history.months])
    made = made[made["carried"]]
    phone, branch = (made["channel"] == place for place in (0, 3))
    sms = made["channel"] == 1
    assert result.contacts == len(made)
    assert result.cost_cents == 1200 * phone.sum() + 3000 * branch.sum() + 10 * sms.sum()
    prices = result.opt_outs * value.opt_out_cents.amount
    prices += result.complaints * value.complaint_cents.amount
    assert result.opt_outs > 0
    assert result.expected_value_cents == 7
    assert result.net_value_cents < 5_000 * 100 * result.purchases - result.cost_cents - prices


def test_a_killed_loop_comes_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in its first training, or four times in its second month, it leaves the same bytes.

    Whom Goodcall contacts is open at the desk of all other policies, too; the lists of a manager
    who is away are worked by nobody, in a bank whose branches have one manager each.
    """
    labels, rules = tmp_path / "labels.toml", tmp_path / "policy.toml"
    labels.write_text(_LEAVING, encoding="utf-8")
    rules.write_text(default_policy_text().replace("is = 1200", "is = 0"), encoding="utf-8")
    size = ("--customers", "500", "--months", "2", "--past", "18", "--every", "12")
    options = (*size, "--labels", str(labels), "--rules", str(rules))
    home, again, early = (tmp_path / name for name in ("whole", "again", "early"))

    def copy_first_month(_speak: Show, number: int, _facts: dict[str, Any]) -> None:
        if number == 0:
            shutil.copytree(home, again)

    away = []

    def check_open(desk: Desk, made: Records) -> float:
        assert _all_open(desk, made)
        assert not np.isin(desk.list_of[made["who"]] - 1, desk.bank.away).any()
        away.extend(desk.bank.away)
        return foreseen_cents(desk, made)

    monkeypatch.setattr(simulate, "_tell", copy_first_month)
    monkeypatch.setattr(course, "foreseen_cents", check_open)
    whole = _told(home, *options)
    assert all(month["contacts"] > 0 for month in whole["months"])
    assert away
    first, words = _bytes(again), ("simulate", "loop", *options, "--json", "--home")
    assert killed_at(150, *words, early)
    assert list((early / "snapshots").glob("**/*.parquet"))
    assert not (early / "models" / "champions.json").exists()
    with monkeypatch.context() as patch:
        patch.setattr(simulate, "_tell", _stop)
        assert isinstance(_run(early, *options).exception, _Stopped)
    assert _bytes(early) == first
    assert all(killed_at(step, *words, again) for step in (3, 12, 40, 90))
    assert _told(again, *options) == whole
    assert _bytes(again) == _bytes(home)
    figures = [
        load_policy(home / "policy.toml").value.save_rate["branch"],
        parse_policy(default_policy_text()).value.save_rate["branch"],
    ]
    assert not figures[0].assumed
    assert figures[0].prior == figures[1].amount


def test_another_course_is_not_gone_on_with(tmp_path: Path) -> None:
    """A workspace keeps one course: other options are refused, and it stays as it was."""
    _told(tmp_path / "home", "--policy", "nothing")
    before = _bytes(tmp_path / "home")
    done = _run(tmp_path / "home", "--policy", "nothing", "--seed", "8")
    assert done.exit_code == 1
    assert "seed is 1 there and not 8" in str(done.exception)
    assert _bytes(tmp_path / "home") == before


def test_a_course_is_not_gone_on_with_by_other_labels(tmp_path: Path) -> None:
    """Nor by models of another age: it would come to something else."""
    labels = tmp_path / "labels.toml"
    labels.write_text(_LEAVING, encoding="utf-8")
    _told(tmp_path / "home", "--policy", "nothing")
    for option, value in (("--every", "6"), ("--labels", str(labels))):
        done = _run(tmp_path / "home", "--policy", "nothing", option, value)
        assert f"{option[2:]} is " in str(done.exception)


def test_a_contact_policy_of_other_channels_is_refused() -> None:
    """A simulated bank writes no letters, and its lists are its managers'."""
    policy = parse_policy(default_policy_text())
    phone, *others = policy.channels
    for wrong, why in (
        (replace(policy, channels=(*policy.channels, replace(phone, id="post"))), "'post'"),
        (replace(policy, channels=tuple(others)), "no channel 'phone'"),
        (replace(policy, lists_by="branch"), "lists by branch"),
    ):
        with pytest.raises(BadOption, match=why):
            refuse_other_channels(wrong)
    refuse_other_channels(policy)


def test_the_rule_of_inactivity_sells_nothing_and_trains_nothing(tmp_path: Path) -> None:
    """It calls the silent, and needs the bank's tables, which grow by the month, and no model."""
    told = _told(tmp_path, "--policy", "inactivity")
    assert told["result"]["contacts"] > 0
    assert told["result"]["contacts"] == told["result"]["care"]
    assert not (tmp_path / "models").exists()
    bank = open_bank(tmp_path / "bank").manifest
    assert str(bank.last_day) > told["months"][-1]["day"]


def test_the_ceiling_is_taught_once_and_knows_more_than_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lessons are kept; told of a bank that did not teach, they rank as the truth does."""
    monkeypatch.setattr(ceiling, "SEEDS", (7_001,))
    monkeypatch.setattr(ceiling, "_CUSTOMERS", 1_200)
    monkeypatch.setattr(ceiling, "_ROUNDS", 30)
    file = tmp_path / "lessons.json"
    lessons = lessons_in(file, "strong", _PAST, (PHONE, BRANCH))
    monkeypatch.setattr(ceiling, "SEEDS", ())
    assert lessons_in(file, "strong", _PAST, (PHONE, BRANCH)).trees.keys() == lessons.trees.keys()
    place = tmp_path / "bank"
    bank = found(place, customers=1_200, months=_PAST + 1, lived=_PAST, seed=12, world="strong")
    opened = open_bank(place)
    table = as_of(opened, cohort_at(opened, [bank.setting.calendar.first_of(_PAST)]), CATALOG)
    at = table["customer_id"].to_numpy() - int(bank.setting.people.customer_id[0])
    seen = lessons.outlook(matrix_of(table, CATALOG.names), at, 1_200)
    truth = outlook(bank)
    for figure in ("bought", "kept_by_care"):
        said, true = (getattr(each, figure)[at][..., PHONE].ravel() for each in (seen, truth))
        assert np.corrcoef(said, true)[0, 1] > 0.1
    assert not seen.bought[:, :, SMS].any()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A bank's own workspace is no place for a simulation."""
    (tmp_path / "ledger.db").write_bytes(b"a bank's own")
    done = _run(tmp_path, "--policy", "nothing")
    assert "name an empty folder" in str(done.exception)
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]


def test_an_unknown_policy_or_world_is_refused(tmp_path: Path) -> None:
    """The error says what there is."""
    for option, known in (("--policy", "product_push"), ("--world", "no_effect")):
        done = _run(tmp_path / "home", option, "best")
        assert done.exit_code == 1
        assert known in str(done.exception)


def _all_open(desk: Desk, made: Records) -> bool:
    """Whether the desk lets all these contacts be made."""
    by = [desk.channels.index(channel) for channel in made["channel"].tolist()]
    return all(
        desk.open_care[who, place] if family < 0 else desk.open_offers[who, family, place]
        for who, family, place in zip(made["who"], made["family"], by, strict=True)
    )


def _minutes(desk: Desk, made: Records) -> np.ndarray:
    used = np.zeros(len(desk.bank.minutes))
    each = [desk.minutes[desk.channels.index(channel)] for channel in made["channel"]]
    np.add.at(used, desk.list_of[made["who"]] - 1, each)
    return used


def _on_file(bank: Simulation, terms: Terms) -> np.ndarray:
    """The place of each customer's manager: the one on file of those who are on file."""
    people = bank.setting.people
    own = people.manager.copy()
    for each in terms.people:
        assert each.manager_id is not None
        own[each.customer_id - int(people.customer_id[0])] = each.manager_id - 1
    return own


def _there(desk: Desk) -> np.ndarray:
    """The minutes of those who are not away."""
    minutes = desk.bank.minutes.copy()
    minutes[desk.bank.away] = 0
    return minutes


def _told(home: Path, *options: str) -> dict:
    if "--customers" not in options:
        options = (*options, "--customers", "600", "--months", "4", "--past", "12")
    done = CliRunner().invoke(app, ["simulate", "loop", *options, "--home", str(home), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


class _Stopped(Exception):
    """A loop was ended after a month."""


def _stop(*_: object) -> None:
    raise _Stopped


def _run(home: Path, *options: str):
    size = (
        () if "--customers" in options else ("--customers", "600", "--months", "4", "--past", "12")
    )
    return CliRunner().invoke(app, ["simulate", "loop", *options, *size, "--home", str(home)])


def _bytes(home: Path) -> dict[str, bytes]:
    """All that a course keeps of itself and of its bank."""
    return {
        str(file.relative_to(home)): file.read_bytes()
        for folder in ("course", "bank")
        for file in sorted((home / folder).rglob("*"))
        if file.is_file() and not file.name.endswith(".lock")
    }
