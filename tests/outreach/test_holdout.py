"""The hold-out: an exact share of every stratum, whole households, and frozen once drawn."""

import hashlib
import hmac
import math
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from goodcall.profile import Profile
from outreach import (
    Band,
    Candidate,
    Draw,
    ExperimentError,
    Ledger,
    Standing,
    freeze,
    in_holdout,
    plan_day,
)
from outreach.experiment import Stratum
from outreach.freezing import LEAST_HOUSEHOLDS

KEY = b"sixteen bytes and more"
DAY = date(2026, 6, 8)
BANDS = (0, 5_000_000, 20_000_000)
KINDS = ("retail", "private")


def person(a, who, home=None, **facts) -> Profile:
    return a.customer(customer_id=who, household_id=home, **facts)


def town(a, homes=400, seed=1):
    """Households of one to four people, of two kinds, three bands and three branches."""
    rng = random.Random(seed)  # noqa: S311 - invented customers
    people, who = [], 0
    for home in range(homes):
        kind, branch = rng.choice(KINDS), rng.choice((1, 2, 3))
        for _ in range(rng.choice((1, 1, 2, 4))):
            who += 1
            profile = person(
                a, who, home if rng.random() < 0.8 else None, kind=kind, branch_id=branch,
                birth_date=date(1950 + rng.randint(0, 50), 1, 1),
            )  # fmt: skip
            people.append(Standing(profile, rng.random() * 3e7, rng.random()))
    return people


def frozen(people, share=0.1, key=KEY) -> Draw:
    return freeze(people, key=key, share=share, bands=BANDS, day=DAY)


def subject(profile):
    home = profile.household_id
    return f"customer:{profile.customer_id}" if home is None else f"household:{home}"


def plainly(people, draw):
    """By hand: the households of each stratum of the draw, and who has the lowest hashes there."""
    inside = defaultdict(set)
    for each in people:
        inside[draw.members[each.profile.customer_id].stratum].add(subject(each.profile))
    held = set()
    for subjects in inside.values():
        ordered = sorted(
            subjects, key=lambda said: hmac.new(KEY, said.encode(), hashlib.sha256).digest()
        )
        held |= set(ordered[: round(draw.share * len(ordered))])
    return inside, held


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25])
def test_each_stratum_gives_exactly_its_share_the_lowest_hashes(a, share):
    """round(share x households) of each, and no others; sizes are told as they are."""
    people = town(a)
    draw = frozen(people, share)
    inside, held = plainly(people, draw)
    for number, stratum in enumerate(draw.strata):
        assert stratum.households == len(inside[number]) >= LEAST_HOUSEHOLDS
        assert stratum.drawn == round(share * stratum.households) == len(held & inside[number])
    for each in people:
        assert in_holdout(each.profile, KEY, draw) is (subject(each.profile) in held)


@given(seed=st.integers(0, 10_000), homes=st.integers(1, 120), share=st.floats(0.01, 0.5))
@settings(max_examples=25)
def test_whatever_the_bank_shares_are_exact_and_households_stay_whole(a, seed, homes, share):
    """For any town and any share, and whatever the order in which customers come."""
    people = town(a, homes, seed)
    draw = frozen(people, share)
    inside, held = plainly(people, draw)
    sides = defaultdict(set)
    for each in people:
        sides[subject(each.profile)].add(in_holdout(each.profile, KEY, draw))
    assert all(len(both) == 1 for both in sides.values())
    assert {said for said, both in sides.items() if True in both} == held
    assert [each.households for each in draw.strata] == [
        len(inside[number]) for number in range(len(draw.strata))
    ]
    random.Random(seed).shuffle(people)  # noqa: S311 - any order will do
    assert frozen(people, share) == draw


def test_a_stratum_is_kind_assets_and_branch_of_the_household(a):
    """Kind and branch of the richest active member, the assets of all; small ones are pooled."""
    many = [Standing(person(a, who, branch_id=1), 100.0) for who in range(1000, 1040)]
    rich = [Standing(person(a, who, who, branch_id=2), 4_000_000.0) for who in range(2000, 2040)]
    spouses = [
        Standing(person(a, who + 100, who, branch_id=9, kind="private"), 3_000_000.0)
        for who in range(2000, 2040)
    ]
    gone = [
        Standing(person(a, who, status="closed"), (None, math.nan)[who % 2])
        for who in range(3000, 3040)
    ]
    few = [Standing(person(a, who, branch_id=5 + who % 2), 9e7) for who in range(4000, 4040)]
    draw = frozen([*many, *rich, *spouses, *gone, *few])
    assert [(each.name, each.households) for each in draw.strata] == [
        (("closed", "0+", "3"), 40),
        (("retail", "0+", "1"), 40),
        (("retail", "200,000+", ""), 40),
        (("retail", "50,000+", "2"), 40),
    ]


def test_who_is_in_never_changes_with_tier_branch_kind_or_household(a):
    """A customer keeps the place of that day, also where the household splits or grows."""
    people = town(a)
    draw = frozen(people)
    for each in people:
        was = in_holdout(each.profile, KEY, draw)
        for later in (
            {"branch_id": 99, "kind": "corporate", "manager_id": 5},
            {"household_id": 7},
            {"household_id": 100_000},
            {"household_id": None},
            {"status": "closed"},
        ):
            assert in_holdout(replace(each.profile, **later), KEY, draw) is was


def test_a_newcomer_goes_with_the_household_else_by_the_share(a):
    """A child of a known household shares its place; others are drawn by their own hash."""
    people = town(a)
    draw = frozen(people)
    for each in people:
        if each.profile.household_id is not None:
            child = person(a, 500_000, each.profile.household_id)
            assert in_holdout(child, KEY, draw) is in_holdout(each.profile, KEY, draw)
    for who in range(500_000, 500_300):
        for newcomer in (person(a, who), person(a, who, who)):
            digest = hmac.new(KEY, subject(newcomer).encode(), hashlib.sha256).digest()
            expected = int.from_bytes(digest[:8], "big") < 0.1 * 2**64
            assert in_holdout(newcomer, KEY, draw) is expected


def test_a_greater_share_keeps_everyone_and_adds_some(a):
    """Drawn anew with the same key nobody who is left alone is suddenly called."""
    people = town(a)
    small, large = frozen(people, 0.1), frozen(people, 0.15)
    held = [in_holdout(each.profile, KEY, small) for each in people]
    more = [in_holdout(each.profile, KEY, large) for each in people]
    assert all(now or not was for was, now in zip(held, more, strict=True))
    assert sum(more) > sum(held)


def test_balance_is_that_of_both_sides_worked_by_hand(a):
    """Weighted means of each side, and their distance in standard deviations."""
    people = town(a)
    draw = frozen(people)
    sides = {True: [], False: []}
    for each in people:
        out = in_holdout(each.profile, KEY, draw)
        stratum = draw.strata[draw.members[each.profile.customer_id].stratum]
        share = stratum.drawn / stratum.households
        sides[out].append((each.assets_cents, 1 / (share if out else 1 - share)))
    means = {s: sum(x * w for x, w in of) / sum(w for _, w in of) for s, of in sides.items()}
    spread = [
        sum(w * (x - means[s]) ** 2 for x, w in of) / sum(w for _, w in of)
        for s, of in sides.items()
    ]
    told = next(each for each in draw.balance if each.name == "assets_cents")
    assert (told.held, told.others) == pytest.approx((means[True], means[False]))
    assert told.difference == pytest.approx((means[True] - means[False]) / (sum(spread) / 2) ** 0.5)
    assert {each.name for each in draw.balance} == {
        *("assets_cents", "leaving", "age", "products_held", "contacts_before")
    }
    assert abs(told.difference) < 0.3


APART = (Band(5_000_000, 0.05), Band(20_000_000, 0.02))


def rarer(people, apart=APART) -> Draw:
    return freeze(people, key=KEY, share=0.1, bands=BANDS, day=DAY, apart=apart)


def test_bands_with_a_share_of_their_own_give_exactly_that(a):
    """Each household by what all its members own; no stratum mixes shares."""
    people = town(a, homes=1500)
    draw = rarer(people)
    owned = defaultdict(float)
    for each in people:
        owned[subject(each.profile)] += each.assets_cents
    shares = defaultdict(set)
    for each in people:
        mine = owned[subject(each.profile)]
        wanted = 0.1 if mine < 5_000_000 else 0.05 if mine < 20_000_000 else 0.02
        shares[draw.members[each.profile.customer_id].stratum].add(wanted)
    assert {len(wanted) for wanted in shares.values()} == {1}
    for number, stratum in enumerate(draw.strata):
        (share,) = shares[number]
        assert stratum.drawn == round(share * stratum.households) >= 3
        if share != 0.1:
            assert stratum.name[1] == {0.05: "50,000+", 0.02: "200,000+"}[share]
    assert len({share for each in shares.values() for share in each}) == 3


def test_with_bands_apart_both_sides_are_alike_all_the_same(a):
    """Weighted by their strata: the rich are rarer among those held out, and count for more."""
    people = town(a, homes=1500)
    draw = rarer(people)
    told = {each.name: each for each in draw.balance}
    assert abs(told["assets_cents"].difference) < 0.1
    held = [p.assets_cents for p in people if in_holdout(p.profile, KEY, draw)]
    everyone = [p.assets_cents for p in people]
    assert sum(held) / len(held) < 0.8 * sum(everyone) / len(everyone)


def test_nobody_is_held_out_of_a_band_of_too_few_households(a):
    """Fewer than two would be drawn; all others are drawn as if those of the band were not there.

    They have a stratum of their own, by what all members of a household own.
    """
    people = town(a, homes=60)
    draw = rarer(people, (Band(40_000_000, 0.02),))
    owned = defaultdict(float)
    for each in people:
        owned[subject(each.profile)] += each.assets_cents
    rich = [each for each in people if owned[subject(each.profile)] >= 40_000_000]
    (stratum,) = {draw.members[each.profile.customer_id].stratum for each in rich}
    homes = len({subject(each.profile) for each in rich})
    assert draw.strata[stratum] == Stratum(("", "400,000+", ""), homes, 0, "")
    assert homes > 5
    assert not any(in_holdout(each.profile, KEY, draw) for each in rich)
    others = [each for each in people if owned[subject(each.profile)] < 40_000_000]
    alone = frozen(others)
    assert [in_holdout(each.profile, KEY, draw) for each in others] == [
        in_holdout(each.profile, KEY, alone) for each in others
    ]


def test_a_draw_with_bands_is_kept_and_another_is_asked_for_where_they_differ(a, ledger_url):
    """Read back it is the same; a policy of other bands plans nothing before one is drawn anew."""
    people = town(a, homes=400)
    draw = rarer(people)
    with Ledger.open(ledger_url) as ledger:
        ledger.save_draw(draw, now=a.moment("2026-06-08 03:00"))
        assert ledger.draw() == replace(draw, number=1)
    other = replace(a.policy(), holdout_share=0.1, holdout_bands=())
    with pytest.raises(ExperimentError, match=r"has share 0\.1, the one .* \(0\.05 from 5,000,000"):
        planned(a, other, draw)


def test_the_ledger_keeps_a_draw_and_says_the_same_of_few_as_of_all(a, ledger_url):
    """The first stands, also against one drawn later, until one is drawn anew."""
    people = town(a, homes=60)
    draw = frozen(people)
    with Ledger.open(ledger_url) as ledger:
        assert ledger.draw() is None
        assert ledger.save_draw(draw, now=a.moment("2026-06-08 03:00")) == 1
        assert ledger.save_draw(frozen(people, 0.2), now=a.moment("2026-06-08 04:00")) == 1
        assert ledger.draw() == replace(draw, number=1)
        child = person(a, 500_000, people[0].profile.household_id)
        for profile in (*(each.profile for each in people), child):
            few = ledger.draw([profile])
            assert len(few.members) <= 4
            assert in_holdout(profile, KEY, few) is in_holdout(profile, KEY, draw)
        assert ledger.draw([]).members == {}
        now = a.moment("2026-06-09 03:00")
        assert ledger.save_draw(frozen(people, 0.2), now=now, anew=True) == 2
        assert (ledger.draw().share, ledger.draw().number) == (0.2, 2)


def test_a_kept_draw_is_neither_changed_nor_deleted(a, ledger_url):
    """The database itself refuses."""
    with Ledger.open(ledger_url) as ledger:
        ledger.save_draw(frozen(town(a, homes=3)), now=a.moment("2026-06-08 03:00"))
    engine = sa.create_engine(ledger_url)
    for change in (
        "UPDATE holdout_draws SET share = 0",
        "DELETE FROM holdout_draws",
        "UPDATE holdout_members SET stratum = 0",
        "DELETE FROM holdout_members",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="the ledger only grows"), engine.begin() as one:
            one.execute(sa.text(change))
    engine.dispose()


def test_another_key_and_another_share_are_refused_by_name(a):
    """Not by a hold-out that is silently another one."""
    draw = replace(frozen(town(a, homes=40)), number=3)
    with pytest.raises(ExperimentError, match="not the one that draw 3 was made with; put that"):
        in_holdout(a.customer(), KEY + b"!", draw)
    policy = replace(a.policy(), holdout_share=0.2)
    said = "share 0.2, the one that was drawn on 2026-06-08 has share 0.1; put that back into"
    with pytest.raises(ExperimentError, match=said):
        planned(a, policy, draw)
    with pytest.raises(ExperimentError, match="nobody to draw a hold-out from"):
        frozen([])
    with (
        pytest.raises(ExperimentError, match="a draw without a day was not frozen"),
        Ledger.open("sqlite://") as ledger,
    ):
        ledger.save_draw(Draw(0.1), now=a.moment("2026-06-08 03:00"))


def planned(a, policy, draw, people=()):
    return plan_day(
        people, offers=(), policy=policy, day=DAY, holdout_key=KEY, explainer=a.explainer(),
        capacities={}, model_versions={}, draw=draw,
    )  # fmt: skip


def test_the_plan_goes_by_the_draw_and_not_by_the_share(a):
    """Who moved house since stays where the draw had him; equal draws give equal plans."""
    people = town(a, homes=200)
    draw = frozen(people)
    moved = [replace(each.profile, household_id=None, branch_id=8) for each in people]
    plan = planned(a, a.policy(), draw, [Candidate(who, {}, 0) for who in moved])
    held = {who for who in plan.trails if plan.trail(who).step == "holdout"}
    assert held == {
        each.profile.customer_id for each in people if in_holdout(each.profile, KEY, draw)
    }
    assert held != {who.customer_id for who in moved if in_holdout(who, KEY, Draw(0.1))}
    assert plan.funnel.steps[0].drops == (("holdout", len(held)),)
