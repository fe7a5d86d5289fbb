"""The desk at which every policy plans: whom it leaves open, whose lists, and what it is worth."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from open_to import all_open

from banks import Simulation, found, outlook
from banks.world_arrays import Records
from banks.world_state import BRANCH
from cli.errors import BadOption
from cli.loop.course import QUIET_DAYS
from cli.loop.desk import Desk, Terms, Wishes, desk_of, refuse_other_channels, terms_of
from cli.loop.foreseen import foreseen_cents, wishes_of
from cli.loop.rivals import RIVALS
from cli.loop.worth import result_of
from features import open_bank, profiles
from goodcall.calendar import start_of_day
from goodcall.vocabulary import OUTCOMES
from outreach import Facts, Policy, Rule, default_policy_text, parse_policy

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
    assert all_open(desk, made)
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
