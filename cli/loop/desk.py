"""What a month of a simulated bank lets every policy do, and how its minutes are shared out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from banks import (
    CARE,
    CONTACT_CHANNELS,
    OFFERED,
    PHONE,
    PRODUCTS,
    Flags,
    Floats,
    Ints,
    Records,
    Simulation,
    Standing,
    best_offers,
    margins_cents,
    records,
    standing,
)
from cli.capacity import manager_branches
from cli.errors import BadOption
from features import Bank, profiles
from goodcall.profile import Profile
from goodcall.vocabulary import FAMILIES
from outreach import Ground, Offer, Policy, Staffing, offers_of, roster_of, share_out
from outreach.offer import ineligible, unsuitable

# When the contacts of a month are made: on its first day, at ten in the morning.
_SECOND = 10 * 3600
_DAY = 86_400
_NO_OFFER = -1


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a policy holds each contact to be worth, in cents; 0 or less is never made.

    `offers` is (customers, families, channels) and `care` (customers, channels), the channels being
    those of the contact policy in its order.
    """

    offers: Floats
    care: Floats


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands for a whole run: the contact policy, the offers, and which suit whom.

    `suits` (customers, families) is what the law lets be offered: the customer's kind and age, and
    for an investment an assessed tolerance for its risk. `people` are those who were known then,
    `branch_of` is each manager's branch.
    """

    policy: Policy
    offers: Mapping[str, Offer]
    suits: Flags
    people: tuple[Profile, ...]
    branch_of: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Desk:
    """The month that a simulated bank is about to live, as every policy finds it.

    Whatever a policy wants, nobody is contacted who did not consent, is no customer, or rests after
    a complaint by the contact policy's `complaint_cooloff`, and nothing is offered that does not
    suit or that is held. `list_of` (customers,) is the list on which each stands, by the number of
    the manager who works it; colleagues stand in for managers who are away.
    """

    bank: Simulation
    terms: Terms
    standing: Standing
    list_of: Ints
    open_offers: Flags
    open_care: Flags
    margin_cents: Floats

    @property
    def day(self) -> date:
        """The month's first day."""
        return self.bank.setting.calendar.first_of(self.bank.month)

    @property
    def channels(self) -> list[int]:
        """The contact policy's channels, by their place in the simulated bank's."""
        return channels_of(self.terms.policy)

    @property
    def minutes(self) -> Floats:
        """The minutes that a contact by each channel takes, one where it takes none."""
        return np.array([max(channel.minutes, 1) for channel in self.terms.policy.channels])

    def chosen(self, wishes: Wishes, most: int | None = None) -> Records:
        """The contacts of greatest worth within everyone's minutes, `most` of them at most."""
        table = self._actions(wishes)
        ground = Ground(
            self.terms.policy, self.terms.offers, self.day, capacities_of(self.bank), used={}
        )
        taken = share_out(table, ground).chosen
        if most is not None:
            order = np.argsort(-taken["value_cents"].to_numpy(), kind="stable")
            taken = taken.take(pa.array(np.sort(order[:most])))
        return contacts_of(self.bank, taken)

    def _actions(self, wishes: Wishes) -> pa.Table:
        people = self.bank.setting.people
        offers = np.where(self.open_offers, wishes.offers, 0.0)
        care = np.where(self.open_care, wishes.care, 0.0)
        who, family, channel = np.nonzero(offers >= 1)
        cared, by = np.nonzero(care >= 1)
        codes = pa.array([PRODUCTS[number].code for number in OFFERED])
        place = {number: at for at, number in enumerate(OFFERED)}
        sold = np.vectorize(lambda number: place.get(number, 0))(best_offers())
        told = pa.concat_arrays(
            [
                codes.take(pa.array(sold[people.kind[who], family])),
                pa.nulls(len(cared), pa.string()),
            ]
        )
        everyone = np.concatenate([who, cared])
        names = pa.array([each.id for each in self.terms.policy.channels])
        cents = np.concatenate([offers[who, family, channel], care[cared, by]])
        return pa.table(
            {
                "customer_id": people.customer_id[everyone],
                "list_id": self.list_of[everyone],
                "offer_code": told,
                "channel": names.take(pa.array(np.concatenate([channel, by]))),
                "value_cents": np.rint(cents).astype(np.int64),
            }
        )


def desk_of(bank: Simulation, terms: Terms) -> Desk:
    """The desk of the month that a bank is to live next."""
    now, channels = standing(bank), channels_of(terms.policy)
    people = bank.setting.people
    may = now.here[:, None] & now.consents[:, channels] & ~_rests(bank, now, terms.policy)
    free = terms.suits & ~now.holds
    return Desk(
        bank=bank,
        terms=terms,
        standing=now,
        list_of=_lists(bank, terms),
        open_offers=may[:, None, :] & free[:, :, None],
        open_care=may,
        margin_cents=margins_cents()[people.kind].astype(np.float64),
    )


def _lists(bank: Simulation, terms: Terms) -> Ints:
    """(customers,): the number of the manager on whose list each stands in the coming month."""
    people = bank.setting.people
    found: Ints = people.manager + 1
    staffing = Staffing(capacities_of(bank), terms.branch_of, terms.policy.default_minutes)
    covered = roster_of(terms.people, staffing, by_manager=True)
    known = np.array([*covered.list_of], dtype=np.int64) - people.customer_id[0]
    found[known] = [*covered.list_of.values()]
    return found


def _rests(bank: Simulation, now: Standing, policy: Policy) -> Flags:
    """(customers, channels): whom the contact policy lets rest after a complaint, all day long.

    A rest that ends in the course of the day keeps nobody back.
    """
    calendar = bank.setting.calendar
    start, _ = calendar.month(bank.month)
    rests = np.zeros((len(now.here), len(policy.channels)), dtype=np.bool_)
    for rule in policy.rules:
        over = rule.expires is not None and rule.expires < calendar.first_of(bank.month)
        if rule.kind == "complaint_cooloff" and not over:
            bound = [rule.channels is None or each.id in rule.channels for each in policy.channels]
            resting = now.settled + rule.terms.span.days > start
            rests |= resting[:, None] & np.array(bound)
    return rests


def terms_of(simulated: Simulation, bank: Bank, policy: Policy, day: date) -> Terms:
    """The terms of a run that begins on a day, by what the bank's tables tell of everyone then."""
    offers = {
        offer.code: offer for offer in offers_of(bank.read("offers"), bank.read("products"), policy)
    }
    people = simulated.setting.people
    sold, suits = best_offers(), np.zeros((people.count, len(FAMILIES)), dtype=np.bool_)
    known = tuple(profiles(bank, day))
    for profile in known:
        place = profile.customer_id - int(people.customer_id[0])
        for family, number in enumerate(sold[people.kind[place]].tolist()):
            offer = offers.get(PRODUCTS[number].code) if number != _NO_OFFER else None
            if offer is not None:
                why = ineligible(offer, profile, day) or unsuitable(offer, profile, day)
                suits[place, family] = why is None
    return Terms(policy, offers, suits, known, manager_branches(bank, day))


def channels_of(policy: Policy) -> list[int]:
    """The channels of a contact policy that a simulated bank has, by their place there."""
    return [CONTACT_CHANNELS.index(channel.id) for channel in policy.channels]


def refuse_other_channels(policy: Policy) -> None:
    """BadOption for a contact policy by which a simulated bank cannot be contacted."""
    names = [channel.id for channel in policy.channels]
    if other := sorted(set(names) - set(CONTACT_CHANNELS)):
        raise BadOption(
            f"the contact policy has channel {other[0]!r}, by which a simulated bank reaches "
            f"nobody; it knows: {', '.join(CONTACT_CHANNELS)}"
        )
    if (phone := CONTACT_CHANNELS[PHONE]) not in names:
        raise BadOption(f"the contact policy has no channel {phone!r}, by which policies call")
    if policy.lists_by != "manager":
        raise BadOption(
            f"the contact policy makes lists by {policy.lists_by}; those of a simulated bank are "
            "by manager"
        )


def capacities_of(bank: Simulation) -> Mapping[int, int]:
    """The minutes of each manager's list: those of a day, which is what a month is given here.

    Whoever is away in the coming month has 0.
    """
    minutes = {int(each) + 1: int(bank.minutes[each]) for each in np.flatnonzero(bank.minutes)}
    return minutes | {int(each) + 1: 0 for each in bank.away}


def contacts_of(bank: Simulation, chosen: pa.Table) -> Records:
    """What the bank is asked to live with, for chosen actions as `share_out` gives them."""
    people = bank.setting.people
    who = chosen["customer_id"].to_numpy() - people.customer_id[0]
    family_of = {PRODUCTS[number].code: PRODUCTS[number].family for number in OFFERED}
    family = [
        CARE if code is None else FAMILIES.index(family_of[code])
        for code in chosen["offer_code"].to_pylist()
    ]
    channel = [CONTACT_CHANNELS.index(each) for each in chosen["channel"].to_pylist()]
    return contacts_on(
        bank,
        who,
        channel=np.array(channel, dtype=np.int64),
        family=np.array(family, dtype=np.int64),
    )


def contacts_on(
    bank: Simulation, who: Ints, *, channel: Ints, family: Ints, at: Ints | None = None
) -> Records:
    """Contacts that are made in the month that comes, in the fields of `Simulation.plan`.

    `at` is the seconds from the month's first midnight; ten o'clock that day where it is None.
    """
    start, _ = bank.setting.calendar.month(bank.month)
    seconds = np.full(len(who), _SECOND) if at is None else at
    rows = records(
        who=who,
        day=start + seconds // _DAY,
        second=seconds % _DAY,
        channel=channel,
        family=family,
        lot=np.zeros(len(who), dtype=np.bool_),
        carried=np.ones(len(who), dtype=np.bool_),
        probability=np.full(len(who), np.nan),
    )
    made: Records = rows[np.argsort(rows["who"], kind="stable")]
    return made
