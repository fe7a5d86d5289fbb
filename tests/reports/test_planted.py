"""What is planted in a simulated bank ranks first; where nothing is, nothing is shown."""

from dataclasses import replace
from datetime import date

import pytest

from banks import simulate, simulation
from banks.world import world_named
from cli.report_demand import demand
from features import monthly, open_bank
from goodcall.vocabulary import KINDS
from reports import churn_causes
from training.definitions.definition import ChurnLabel
from training.labels import label

FIRST = date(2025, 7, 1)
FAMILIES = ("deposit", "wealth", "fund", "insurance", "credit_card", "business_loan")


def level(world):
    """The uneven world where region, age and years as a customer change nothing."""
    even = {name: dict.fromkeys(section, 1.0) for name, section in (
        ("leaving", world.planted.leaving), ("business_loan", world.planted.business_loan),
        ("pension", world.planted.pension),
    )}  # fmt: skip
    return replace(
        world,
        planted=replace(world.planted, **even, waiting=dict.fromkeys(world.planted.waiting, 0.0)),
        buying=replace(world.buying, observed_share=0.0),
        leaving=replace(world.leaving, newcomer_gain=0.0),
        life=replace(world.life, rates=dict.fromkeys(world.life.rates, 0.0)),
    )


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    path = tmp_path_factory.mktemp("uneven") / "bank"
    simulate(path, customers=12_000, months=18, seed=3, world="uneven")
    return open_bank(path)


@pytest.fixture(scope="module")
def even(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("even") / "bank", level, customers=8000)


@pytest.fixture(scope="module")
def unexplained(tmp_path_factory):
    """Twice as many of the west become unsettled, and nothing that the bank knows is why."""

    def restless(world):
        found = level(world)
        leaving = found.planted.leaving | {"west": 2.0}
        return replace(found, planted=replace(found.planted, leaving=leaving))

    return simulated(tmp_path_factory.mktemp("unexplained") / "bank", restless)


@pytest.fixture(scope="module")
def firms(tmp_path_factory):
    """The uneven world, half of whose customers are small firms."""

    def peopled(world):
        kinds = world.people.kinds | {"retail": 0.42, "small_business": 0.55}
        return replace(world, people=replace(world.people, kinds=kinds))

    return simulated(tmp_path_factory.mktemp("firms") / "bank", peopled, customers=8000)


def simulated(path, change, customers=12_000):
    """A bank of the uneven world, changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "world_named", lambda name: change(world_named(name)))
        simulate(path, customers=customers, months=18, seed=3, world="uneven")
    return open_bank(path)


def causes(bank):
    cohort = monthly(bank, FIRST, bank.manifest.last_day)
    return churn_causes(bank, label(bank, cohort, ChurnLabel()).rows)


def wants(bank, by, kinds=KINDS, families=FAMILIES):
    return demand(bank, (FIRST, bank.manifest.last_day), by=by, kinds=kinds, families=families)


@pytest.mark.slow
def test_the_west_leaves_for_its_waiting_time(uneven):
    """The one region above the rest; waiting ranks first, and explains a fifth or more."""
    found = causes(uneven)
    assert [each.group for each in found.places if each.verdict == "more"] == ["west"]
    (west,) = found.excesses
    first = west.causes[0]
    assert (first.cause.code, first.cause.sort) == ("complaint:waiting time", "service")
    assert first.shown
    assert west.share(first) > 0.2


@pytest.mark.slow
def test_where_no_cause_is_planted_none_is_shown(unexplained):
    """The west leaves more, nobody complains more: the excess is left to no service or staff."""
    (west,) = causes(unexplained).excesses
    shown = {each.cause.sort for each in west.causes if each.shown}
    assert not shown & {"service", "staff", "fees", "channel"}
    assert west.rest.low > 0
    assert west.rest.value > 0.8 * west.excess


@pytest.mark.slow
def test_those_before_retirement_want_to_provide_for_it(uneven):
    """Of all segments those of 55 to 64 stand out most, by insurance and wealth products."""
    found = wants(uneven, ["age", "kind", "years", "region"])
    strongest = [(each.group, *each.outcome) for each in found[:2]]
    assert sorted(strongest) == [("55-64", "insurance", "bought"), ("55-64", "wealth", "bought")]
    assert min(each.at_least for each in found[:2]) > 1.5


@pytest.mark.slow
def test_small_firms_of_the_east_borrow(firms):
    """First of all regions and families, and of business loans no other region."""
    found = wants(firms, ["region"], kinds=["small_business"])
    assert (found[0].group, found[0].outcome) == ("east", ("business_loan", "bought"))
    assert found[0].verdict == "more"
    loans = [each for each in found if each.outcome == ("business_loan", "bought")]
    assert [each.group for each in loans if each.verdict == "more"] == ["east"]


@pytest.mark.slow
def test_where_nothing_is_planted_nothing_is_shown(even):
    """No region leaves more, so that no cause is told; no segment and no region wants more."""
    found = causes(even)
    assert {each.verdict for each in found.places} == {"not_shown"}
    assert found.excesses == ()
    for asked in (
        wants(even, ["age", "years", "region"]),
        wants(even, ["region"], ["small_business"]),
    ):
        assert len(asked) > 20
        assert not [each for each in asked if each.verdict in ("more", "less")]
