"""What passed between the simulated bank and its customers: contacts, consents and cases."""

import numpy as np
import pyarrow as pa

from banks.world import CONTACT_CHANNELS
from banks.world_arrays import Flags, Ints, Records, instants, words
from banks.world_calendar import DAY, SECOND, Calendar, Desk
from banks.world_contacts import CARE, COMPLAINED, REFUSED_ALL, REFUSED_CHANNEL
from banks.world_leaving import COMPLAINT
from banks.world_numbers import NO_NUMBER
from banks.world_papers import Changes
from banks.world_people import People
from banks.world_places import OFFERED, PRODUCTS
from banks.world_points import point_ids
from banks.world_state import BRANCH, PHONE
from goodcall.vocabulary import CONTACT_STATES, FAMILIES, KINDS, OUTCOMES

_PURPOSES = ("offer", "retention")
_SOURCES = ("branch form", "mobile app", "call recording")
_ACTIONS = ("grant", "revoke", "dnc")
_VERSIONS = ("2023-1", "2025-2")
_MOODS = ("low", "neutral", "satisfied")
_TOPICS = ("fees", "waiting time", "app", "card", "staff", "statement")
_CALM = 0.3


def contact_table(
    contacts: Records, people: People, changes: Changes, late: float, desk: Desk
) -> pa.Table:
    """The raw table `contacts`.

    In the lot (`randomised`), `probability` is the chance that the drawn contact was carried out;
    one that was not stands as `cancelled`: it is the control of those that were. `contacts` know
    the point they were made at.
    """
    calendar, rng = desk.calendar, desk.rng
    who, size = contacts["who"], len(contacts)
    happened = calendar.instant(contacts["day"], contacts["second"])
    delay = rng.integers(10, 1800, size) * SECOND
    delay += (rng.random(size) < late) * rng.integers(1, 5, size) * DAY
    staff = np.where(
        contacts["day"] >= changes.manager_day[who], changes.manager[who], people.manager[who]
    )
    product = _offered(people.kind[who], contacts["family"])
    codes = [p.code for p in PRODUCTS]
    return pa.table(
        {
            "contact_id": desk.numbers.ids("contacts", size),
            "customer_id": people.customer_id[who],
            "happened_at": instants(happened),
            "known_at": instants(happened + delay),
            "channel": words(contacts["channel"], CONTACT_CHANNELS),
            "direction": words(np.zeros(size, dtype=np.int64), ("outbound",)),
            "category": words(np.zeros(size, dtype=np.int64), ("marketing",)),
            "state": words(_states(contacts), CONTACT_STATES),
            "purpose": words(np.where(contacts["family"] == CARE, 1, 0), _PURPOSES),
            "offer_code": words(product, codes),
            "outcome": words(contacts["outcome"], OUTCOMES),
            "point_id": pa.array(
                point_ids(people.customer_id[who], contacts["point"]),
                mask=contacts["point"] == NO_NUMBER,
            ),
            "staff_id": staff + 1,
            "randomised": contacts["lot"],
            "probability": pa.array(contacts["probability"], mask=~contacts["lot"]),
            "time_precision": words(np.zeros(size, dtype=np.int64), ("second",)),
        }
    )


def consent_table(
    contacts: Records, allowed: Flags, people: People, unproven: float, desk: Desk
) -> pa.Table:
    """The raw table `consents`: grants, mostly with evidence, then revocations and do-not-calls."""
    calendar, rng = desk.calendar, desk.rng
    granted, channel = np.nonzero(allowed[:, :BRANCH])
    day = np.maximum(people.opened[granted], rng.integers(-400, 0, len(granted)))
    later = people.opened[granted] >= 0
    day = np.where(later, people.opened[granted], day)
    proven = rng.random(len(granted)) >= unproven
    no = contacts[contacts["refusal"] > 0]
    spoken = no[np.isin(no["refusal"], (REFUSED_CHANNEL, COMPLAINED)) & (no["channel"] != BRANCH)]
    never = no[no["refusal"] == REFUSED_ALL]
    who = np.concatenate([granted, spoken["who"], never["who"]])
    count = (len(granted), len(spoken), len(never))
    on = np.concatenate(
        [calendar.instant(day, 10 * 3600), _when(spoken, calendar), _when(never, calendar)]
    )
    source = np.concatenate(
        [rng.integers(0, len(_SOURCES), len(granted)), np.full(sum(count[1:]), 2)]
    )
    bare = np.concatenate([~proven, np.zeros(sum(count[1:]), dtype=np.bool_)])
    return pa.table(
        {
            "consent_id": desk.numbers.ids("consents", len(who)),
            "customer_id": people.customer_id[who],
            "happened_at": instants(on),
            "known_at": instants(on + 60 * SECOND),
            "action": words(np.repeat([0, 1, 2], count), _ACTIONS),
            "channel": words(
                np.concatenate([channel, spoken["channel"], np.full(len(never), -1)]),
                CONTACT_CHANNELS,
            ),
            "purpose": words(np.zeros(len(who), dtype=np.int64), ("marketing",)),
            "evidence_source": words(np.where(bare, -1, source), _SOURCES),
            "text_version": words(np.where(bare, -1, rng.integers(0, 2, len(who))), _VERSIONS),
        }
    )


def case_table(cases: Records, people: People, unsettled: float, desk: Desk) -> pa.Table:
    """The raw table `cases`; the closing of a case is a later version of its row."""
    calendar, rng, size = desk.calendar, desk.rng, len(cases)
    complaint = cases["sort"] == COMPLAINT
    second = rng.integers(9 * 3600, 20 * 3600, size)
    opened = calendar.instant(cases["day"], second)
    length = rng.integers(1, 25, size) * DAY + rng.integers(0, 3600, size) * SECOND
    end = calendar.instant(np.full(size, calendar.days))
    settles = (rng.random(size) >= unsettled) & (opened + length < end)
    mood = np.where(
        complaint, (rng.random(size) < _CALM).astype(np.int64), rng.integers(0, 3, size)
    )
    ids, topic = desk.numbers.ids("cases", size), rng.integers(0, len(_TOPICS), size)
    version = np.concatenate([np.arange(size), np.flatnonzero(settles)])
    closing = np.arange(len(version)) >= size
    shut = (opened + length)[version]
    return pa.table(
        {
            "case_id": ids[version],
            "customer_id": people.customer_id[cases["who"][version]],
            "happened_at": instants(opened[version]),
            "known_at": instants(np.where(closing, shut, opened[version]) + 120 * SECOND),
            "kind": words(np.where(complaint, 0, 1)[version], ("complaint", "service")),
            "closed_at": pa.array(shut, mask=~closing).view(pa.timestamp("us", tz="UTC")),
            "mood": words(np.where(closing, np.maximum(mood[version], 1), mood[version]), _MOODS),
            "topic": words(topic[version], _TOPICS),
        }
    )


def _states(contacts: Records) -> Ints:
    spoken = np.isin(contacts["channel"], (PHONE, BRANCH))
    state = np.where(spoken, CONTACT_STATES.index("connected"), CONTACT_STATES.index("delivered"))
    dead = np.isin(contacts["outcome"], (OUTCOMES.index("INVALID"), OUTCOMES.index("FAILED")))
    missed = np.where(dead, CONTACT_STATES.index("failed"), CONTACT_STATES.index("attempted"))
    state = np.where(contacts["reached"], state, missed)
    return np.where(contacts["carried"], state, CONTACT_STATES.index("cancelled"))


def _offered(kind: Ints, family: Ints) -> Ints:
    """The product offered of each family to each kind; -1 for a care contact."""
    best = np.full((len(KINDS), len(FAMILIES)), -1)
    for number in reversed(OFFERED):
        for title in PRODUCTS[number].kinds:
            best[KINDS.index(title), FAMILIES.index(PRODUCTS[number].family)] = number
    return np.where(family == CARE, -1, best[kind, np.maximum(family, 0)])


def _when(contacts: Records, calendar: Calendar) -> Ints:
    return calendar.instant(contacts["day"], contacts["second"] + 30)
