"""The page on offers: every block reads, its figures are right, its lists of facts are whole."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from outreach.customer_facts import FACTS, PRICE_FACTS

PAGE = (Path(__file__).parents[2] / "docs" / "offers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def part(begins):
    return next(each for each in PAGE.split("\n\n") if each.startswith(begins))


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_block_reads_as_part_of_a_policy(a, block):
    """Added to a file with channels and figures it is read without a fault."""
    assert a.policy(head=a.head + block).text.endswith(block)


def test_all_blocks_of_formula_value_read_together(a):
    """They are about one policy."""
    policy = a.policy(head=a.head + "".join(each for each in BLOCKS if "pcvl" not in each))
    found = policy.arbitration
    assert [term.id for term in policy.bank_terms.offer_terms] == [
        "settled_customers",
        "idle_money",
    ]
    assert (len(found.levers), len(found.bands), len(found.influences)) == (1, 2, 2)
    assert found.wait is not None
    days = [0, 14, 28]
    factors = [found.influences[0].fading.at(timedelta(days=n)) for n in days]
    assert factors == pytest.approx([1.6, 1.3, 1.15])
    assert found.levers[0].weight == 20


def test_every_fact_of_the_customer_is_named():
    """Those that are read from the profile, and no other."""
    named = set(re.findall(r"`(\w+)`", part("Facts of the customer"))) - {"holds_"}
    assert named == {name for name, fact in FACTS.items() if fact.read is not None}


def test_every_fact_that_a_price_may_ask_for_is_named():
    """The allow-list, the holdings in one word."""
    named = set(re.findall(r"`(\w+)`", part("A customer gets the best band")))
    holds = {name for name in PRICE_FACTS if name.startswith("holds_")}
    assert named - {"fee_bps", "rate_bps", "holds_"} == set(PRICE_FACTS) - holds
