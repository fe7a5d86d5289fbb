"""What passed between the simulated bank and its customers: contacts, consents and cases."""

import numpy as np
import pyarrow as pa

from banks.world import CONTACT_CHANNELS
from banks.world_arrays import Flags, Ints, Records, instants, records, words
from banks.world_calendar import DAY, SECOND, Calendar, Desk
from banks.world_contacts import CARE, COMPLAINED, REFUSED_ALL, REFUSED_CHANNEL
from banks.world_leaving import SERVICE, WAITING
from banks.world_numbers import NO_NUMBER
from banks.world_papers import File
from banks.world_people import People
from banks.world_places import PRODUCTS, best_offers
from banks.world_points import point_ids
from banks.world_state import BRANCH, PHONE
from goodcall.vocabulary import CONTACT_STATES, OUTCOMES

_PURPOSES = ("offer", "retention")
_SOURCES = ("branch form", "mobile app", "call recording")
_ACTIONS = ("grant", "revoke", "dnc")
_VERSIONS = ("2023-1", "2025-2")
_MOODS = ("low", "neutral", "satisfied")
_TOPICS = ("fees", "waiting time", "app", "card", "staff", "statement")
_CALM = 0.3
_BY_CALL = 2  # place in _SOURCES of what a refusal is proved by
_NOT_CLOSED = 2**62  # microseconds: beyond every window


def contact_table(
    contacts: Records, people: People, file: File, late: float, desk: Desk
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
    staff = file.managers(people, who, contacts["day"])
    product = _offered(people.kind[who], contacts["family"])
    codes = [p.code for p in PRODUCTS]
    return pa.table(
        {
            "contact_id": desk.ids(size),
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


def draw_grants(allowed: Flags, people: People, unproven: float, desk: Desk) -> Records:
    """The grants of marketing that customers bring along: who, day, channel, source, version.

    `allowed` (n, channels) is what they consent to; a share is `unproven`: source and version -1.
    """
    rng = desk.rng
    who, channel = np.nonzero(allowed[:, :BRANCH])
    opened = people.opened[who]
    day = np.where(opened >= 0, opened, np.maximum(opened, rng.integers(-400, 0, len(who))))
    proven = rng.random(len(who)) >= unproven
    return records(
        who=who,
        day=day,
        channel=channel,
        source=np.where(proven, rng.integers(0, len(_SOURCES), len(who)), -1),
        version=np.where(proven, rng.integers(0, len(_VERSIONS), len(who)), -1),
    )


def consent_table(grants: Records, contacts: Records, people: People, desk: Desk) -> pa.Table:
    """The raw table `consents`: grants, and what contacts led to: revocations and do-not-calls."""
    calendar, rng = desk.calendar, desk.rng
    granted = grants[desk.covers(grants["day"])]
    no = contacts[contacts["refusal"] > 0]
    spoken = no[np.isin(no["refusal"], (REFUSED_CHANNEL, COMPLAINED)) & (no["channel"] != BRANCH)]
    never = no[no["refusal"] == REFUSED_ALL]
    count = (len(granted), len(spoken), len(never))
    refused = len(spoken) + len(never)
    who = np.concatenate([granted["who"], spoken["who"], never["who"]])
    since = calendar.instant(granted["day"], 10 * 3600)
    on = np.concatenate([since, _when(spoken, calendar), _when(never, calendar)])
    channel = np.concatenate([granted["channel"], spoken["channel"], np.full(len(never), -1)])
    source = np.concatenate([granted["source"], np.full(refused, _BY_CALL)])
    version = np.concatenate([granted["version"], rng.integers(0, len(_VERSIONS), refused)])
    return pa.table(
        {
            "consent_id": desk.ids(len(who)),
            "customer_id": people.customer_id[who],
            "happened_at": instants(on),
            "known_at": instants(on + 60 * SECOND),
            "action": words(np.repeat([0, 1, 2], count), _ACTIONS),
            "channel": words(channel, CONTACT_CHANNELS),
            "purpose": words(np.zeros(len(who), dtype=np.int64), ("marketing",)),
            "evidence_source": words(source, _SOURCES),
            "text_version": words(version, _VERSIONS),
        }
    )


def open_cases(cases: Records, unsettled: float, desk: Desk) -> Records:
    """The cases that customers bring, with when each is opened and closed, in microseconds.

    A share is `unsettled`: no end of the window sees them closed.
    """
    calendar, rng, size = desk.calendar, desk.rng, len(cases)
    complaint = cases["sort"] != SERVICE
    opened = calendar.instant(cases["day"], rng.integers(9 * 3600, 20 * 3600, size))
    length = rng.integers(1, 25, size) * DAY + rng.integers(0, 3600, size) * SECOND
    calm = (rng.random(size) < _CALM).astype(np.int64)
    mood = np.where(cases["low"], 0, np.where(complaint, calm, rng.integers(1, 3, size)))
    closed = np.where(rng.random(size) < unsettled, _NOT_CLOSED, opened + length)
    topic = rng.integers(0, len(_TOPICS), size)
    return records(
        case_id=desk.ids(size),
        who=cases["who"],
        complaint=complaint,
        opened=opened,
        closed=closed,
        mood=mood,
        topic=np.where(cases["sort"] == WAITING, _TOPICS.index("waiting time"), topic),
    )


def case_table(opened: Records, closed: Records, people: People) -> pa.Table:
    """The raw table `cases`; the closing of a case is a later version of its row."""
    cases = np.concatenate([opened, closed])
    closing = np.arange(len(cases)) >= len(opened)
    mood = np.where(closing, np.maximum(cases["mood"], 1), cases["mood"])
    known = np.where(closing, cases["closed"], cases["opened"]) + 120 * SECOND
    return pa.table(
        {
            "case_id": cases["case_id"],
            "customer_id": people.customer_id[cases["who"]],
            "happened_at": instants(cases["opened"]),
            "known_at": instants(known),
            "kind": words(np.where(cases["complaint"], 0, 1), ("complaint", "service")),
            "closed_at": pa.array(cases["closed"], mask=~closing).view(
                pa.timestamp("us", tz="UTC")
            ),
            "mood": words(mood, _MOODS),
            "topic": words(cases["topic"], _TOPICS),
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
    return np.where(family == CARE, -1, best_offers()[kind, np.maximum(family, 0)])


def _when(contacts: Records, calendar: Calendar) -> Ints:
    return calendar.instant(contacts["day"], contacts["second"] + 30)
