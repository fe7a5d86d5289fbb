"""What a writer holds while it counts, so that two who would count the same wait for each other."""

from collections.abc import Iterable

from sqlalchemy import Connection

from goodcall.profile import Profile
from goodcall.vocabulary import CHANNELS
from outreach.numbers import hashes_of
from outreach.policy import Rule
from outreach.request import Facts, Request
from outreach.rules.volumes import VolumeTerms, unit_of
from outreach.seals import kept_numbers


def customer_names(customer_ids: Iterable[int]) -> list[str]:
    """What holds what is known of customers."""
    return [f"customer {who}" for who in customer_ids]


def people_names(
    connection: Connection, profile: Profile, relatives: Iterable[Profile]
) -> list[str]:
    """What holds a customer, the household's members, and all the customer's numbers."""
    numbers = kept_numbers(connection, hashes_of(profile.points)).values()
    ids = {profile.customer_id, *(one.customer_id for one in relatives)}
    return [*customer_names(ids), *contact_names(profile.household_id, numbers)]


def contact_names(household_id: int | None, number_hashes: Iterable[str]) -> list[str]:
    """What holds a household and numbers."""
    home = [] if household_id is None else [f"household {household_id}"]
    return home + [f"number {number}" for number in number_hashes]


def volume_names(rules: Iterable[Rule], request: Request, facts: Facts) -> list[str]:
    """What holds the volumes that a request may take from, by unit and by channel.

    Two rules that count the same contacts share a name, whatever their ids and policies are.
    """
    found = set()
    for rule in rules:
        if isinstance(rule.terms, VolumeTerms) and rule.binds(request):
            unit = unit_of(rule.terms, facts.profile.branch_id, facts.served_by)
            for channel in rule.channels or CHANNELS:
                found.add(f"volume {rule.terms.within} {unit} {channel}")
    return sorted(found)
