"""What is planted in a simulated bank ranks first; where nothing is, nothing is shown."""

from dataclasses import replace
from datetime import date

import pytest

from banks import simulate, synthetic
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
    path = tmp_path_factory.mktemp("even") / "bank"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "world_named", lambda name: level(world_named(name)))
        simulate(path, customers=12_000, months=18, seed=3, world="uneven")
    return open_bank(path)


def causes(bank):
    cohort = monthly(bank, FIRST, bank.manifest.last_day)
    return churn_causes(bank, label(bank, cohort, ChurnLabel()).rows)


def wants(bank, by, kinds=KINDS, families=FAMILIES):
    return demand(bank, (FIRST, bank.manifest.last_day), by=by, kinds=kinds, families=families)


@pytest.mark.slow
def test_the_west_leaves_for_its_waiting_time(uneven):
    """The one region above the rest; waiting ranks first, and nothing else is shown beside it."""
    found = causes(uneven)
    assert [each.group for each in found.places if each.verdict == "more"] == ["west"]
    (west,) = found.excesses
    assert [each.cause.code for each in west.causes if each.shown] == ["complaint:waiting time"]
    assert west.causes[0].cause.sort == "service"
    assert west.share(west.causes[0]).low > 0.2


@pytest.mark.slow
def test_those_before_retirement_want_to_provide_for_it(uneven):
    """Of all segments those of 55 to 64 stand out most, by insurance and wealth products."""
    found = wants(uneven, ["age", "kind", "years", "region"])
    strongest = [(each.group, *each.outcome) for each in found[:2]]
    assert sorted(strongest) == [("55-64", "insurance", "bought"), ("55-64", "wealth", "bought")]
    assert min(each.at_least for each in found[:2]) > 1.5


@pytest.mark.slow
def test_small_firms_of_the_east_borrow(uneven):
    """First of all regions and families, and of business loans no other region."""
    found = wants(uneven, ["region"], kinds=["small_business"])
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
