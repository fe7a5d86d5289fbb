"""Profiles with the tier of each customer, for lists and screens."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from features.bank import Bank
from features.tiers.review import tiers
from features.tiers.rules import TierRules
from goodcall.profile import CustomerTier, Profile


def with_tiers(
    people: Iterable[Profile], bank: Bank, day: date, rules: TierRules | None
) -> tuple[Profile, ...]:
    """The profiles, each with the tier in force as `day` begins; None where none is known.

    Without rules nobody's is known.
    """
    everyone = tuple(people)
    if rules is None:
        return everyone
    found = tiers(bank, day, rules, customer_ids=[one.customer_id for one in everyone])
    named = {each.code: CustomerTier(each.code, each.name) for each in rules.tiers}
    who, codes = (found[name].to_pylist() for name in ("customer_id", "tier"))
    tier_of = {one: named.get(code) for one, code in zip(who, codes, strict=True)}
    return tuple(replace(one, tier=tier_of.get(one.customer_id)) for one in everyone)
