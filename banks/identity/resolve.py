"""Identity: which records of the bank's systems are one customer, under numbers that stay.

Records merge on a strong key only: one document (type and number, a date of birth behind it), or
full name, date of birth and a telephone or address that both sources have verified. What
contradicts is never merged, what is merely likely is only suggested, and every merge is logged
with its rule and evidence and can be undone. The order of records never matters.
"""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banks.errors import IdentityError
from banks.identity.graph import Bools, Ints
from banks.identity.log import LOG_SCHEMA, Row, decisions, evidence, with_events
from banks.identity.people import People, cases_of, people_of, row_keys
from banks.identity.prints import PRINT_SCHEMA, fingerprints, key_mark
from banks.identity.review import review_table
from goodcall.ports import Masker

_INSTANT = pa.timestamp("us", tz="UTC")
_NO_ID = np.iinfo(np.int64).max
LINK_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string()),
        pa.field("source_key", pa.string()),
        pa.field("customer_id", pa.int64()),
        pa.field("known_at", _INSTANT),
        pa.field("rule", pa.string()),
        pa.field("linked_at", _INSTANT),
        pa.field("first_id", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Identities:
    """What was decided so far: the links, the fingerprints they rest on, and the log.

    `links` has a row for every record ever seen: source, source_key, customer_id, when the record
    was known, the rule that put it there, when, and the number it was given first. `mark` tells
    the key with which the fingerprints were made.
    """

    links: pa.Table = field(default_factory=LINK_SCHEMA.empty_table)
    prints: pa.Table = field(default_factory=PRINT_SCHEMA.empty_table)
    log: pa.Table = field(default_factory=LOG_SCHEMA.empty_table)
    mark: str | None = None

    @property
    def next_id(self) -> int:
        """The lowest number that no customer ever had."""
        given = (
            *(self.links[name] for name in ("customer_id", "first_id")),
            *(self.log[name] for name in ("customer_id", "from_customer_id")),
        )
        return 1 + max((pc.max(column).as_py() or 0) for column in given)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a run decided: identities, records for a person to look at, and its counts.

    `merged` counts joinings of two records or customers into one, `new` customers that had no
    number before; `unusable` counts document numbers that cannot be what their type says.
    """

    identities: Identities
    review: pa.Table
    records: int
    merged: int
    new: int
    contradictory: int
    suggested: int
    unusable: int


@dataclass(frozen=True, slots=True)
class _Joins:
    """For each group that loses itself in another: the record, its counterpart and the rule."""

    group: Ints
    row: Ints
    other: Ints
    rule: Ints


def resolve(
    records: pa.Table, earlier: Identities, *, key: bytes, masker: Masker, now: datetime
) -> Resolution:
    """Put source records together with those of earlier runs and say who is one customer.

    `records` has the columns of RECORD_SCHEMA. A number once given stays: it goes only when its
    customer is merged into one with a lower number, and comes back when that is undone. A run
    without news changes nothing; of contradictory records none are newly merged.
    """
    _refuse_other_key(earlier, key)
    new, unusable = fingerprints(records, key, masker)
    people = people_of(_latest(earlier.prints, new), earlier.links)
    held = decisions(earlier.log)
    cases = cases_of(people, held)
    blocked = np.zeros(people.parts, dtype=bool)
    blocked[[case.part for case in cases]] = True
    target = np.unique(
        np.where(blocked[people.part], people.group, people.groups + people.part),
        return_inverse=True,
    )[1]
    given, fresh = _numbers(people, target, earlier.next_id)
    joins = _joins(people, target)
    identities = Identities(
        links=_links(people, earlier.links, given, joins, now),
        prints=people.prints,
        log=with_events(earlier.log, _events(people, given, joins, now)),
        mark=key_mark(key),
    )
    review, suggested = review_table(people, given, cases, held)
    return Resolution(
        identities=identities,
        review=review,
        records=new.num_rows,
        merged=len(joins.group),
        new=fresh,
        contradictory=sum(case.open for case in cases),
        suggested=suggested,
        unusable=unusable,
    )


def _refuse_other_key(earlier: Identities, key: bytes) -> None:
    if earlier.mark is not None and earlier.mark != key_mark(key):
        raise IdentityError(
            "the earlier links were made with another key, so no record would be known again; "
            "give the key that made them"
        )


def _latest(stored: pa.Table, new: pa.Table) -> pa.Table:
    """All fingerprints by source and key; of two of one record the later known, else the new."""
    place = pc.index_in(row_keys(new), value_set=row_keys(stored))
    stale = pc.less(new["known_at"], stored["known_at"].take(place))
    new = new.filter(pc.invert(pc.fill_null(stale, fill_value=False)))
    kept = stored.filter(pc.invert(pc.is_in(row_keys(stored), value_set=row_keys(new))))
    together = pa.concat_tables([kept, new])
    return together.sort_by([("source", "ascending"), ("source_key", "ascending")]).combine_chunks()


def _numbers(people: People, target: Ints, first: int) -> tuple[Ints, int]:
    """Each record's customer number and how many are new.

    The lowest number that a customer's records had, else the next ones, in the order in which the
    bank knew of the customers.
    """
    count = int(target.max(initial=-1)) + 1
    number = np.full(count, _NO_ID, dtype=np.int64)
    had = people.ids >= 0
    np.minimum.at(number, target[had], people.ids[had])
    order = _order_known(people)
    _, seen = np.unique(target[order], return_index=True)
    fresh = np.flatnonzero(number == _NO_ID)
    number[fresh[np.argsort(seen[fresh])]] = first + np.arange(len(fresh))
    return number[target], len(fresh)


def _order_known(people: People) -> Ints:
    """Records by when they were known, then by source and key."""
    known = people.prints["known_at"].to_numpy().astype(np.int64)
    return np.lexsort((np.arange(len(known)), known)).astype(np.int64)


def _joins(people: People, target: Ints) -> _Joins:
    """The strongest edge of each group that is merged into another group of its customer.

    The group that stays is that with the lowest former number, else the one known first.
    """
    left = np.concatenate([edges.left for edges in people.strong])
    right = np.concatenate([edges.right for edges in people.strong])
    rule = np.repeat(np.arange(len(people.strong)), [len(each.left) for each in people.strong])
    row, other = np.concatenate([left, right]), np.concatenate([right, left])
    rule = np.concatenate([rule, rule])
    joining = ~_staying(people, target)[people.group[row]]
    apart = people.group[row] != people.group[other]
    wanted = np.flatnonzero(joining & apart & (target[row] == target[other]))
    ordered = wanted[np.lexsort((other[wanted], row[wanted], rule[wanted]))]
    group, first = np.unique(people.group[row[ordered]], return_index=True)
    best = ordered[first]
    return _Joins(group.astype(np.int64), row[best], other[best], rule[best].astype(np.int64))


def _staying(people: People, target: Ints) -> Bools:
    """For each group, whether it is the one that gives its customer the number."""
    order = _order_known(people)
    former = np.where(people.ids[order] >= 0, people.ids[order], _NO_ID)
    order = order[np.argsort(former, kind="stable")]
    _, first = np.unique(target[order], return_index=True)
    staying = np.zeros(people.groups, dtype=bool)
    staying[people.group[order[first]]] = True
    return staying


def _links(people: People, links: pa.Table, given: Ints, joins: _Joins, now: datetime) -> pa.Table:
    """The links with every record's number; rule and moment change only where the number does."""
    rules = np.array([edges.rule for edges in people.strong] + ["first"], dtype=object)
    by_group = np.full(people.groups, len(rules) - 1)
    by_group[joins.group] = joins.rule
    place = pc.index_in(row_keys(people.prints), value_set=row_keys(links))
    same = pa.array(people.ids == given)
    moment = pa.scalar(now, _INSTANT)

    def kept(name: str, new: pa.Array | pa.Scalar, where: pa.Array) -> pa.Array:
        return pc.if_else(where, links[name].take(place).combine_chunks(), new)

    numbers, old = pa.array(given), pa.array(people.ids >= 0)
    return pa.table(
        {
            "source": people.prints["source"],
            "source_key": people.prints["source_key"],
            "customer_id": numbers,
            "known_at": kept("known_at", people.prints["known_at"].combine_chunks(), old),
            "rule": kept("rule", pa.array(rules[by_group[people.group]], pa.string()), same),
            "linked_at": kept("linked_at", moment, same),
            "first_id": kept("first_id", numbers, old),
        },
        schema=LINK_SCHEMA,
    )


def _events(people: People, given: Ints, joins: _Joins, now: datetime) -> list[Row]:
    """A line of the log for each group that was merged into another."""
    mine = people.prints.take(pa.array(joins.row)).to_pylist()
    others = people.prints.select(["source", "source_key"]).take(pa.array(joins.other)).to_pylist()
    events = []
    for place, (own, other) in enumerate(zip(mine, others, strict=True)):
        rule = people.strong[joins.rule[place]].rule
        row = joins.row[place]
        former = int(people.ids[row])
        events.append(
            {
                "happened_at": now,
                "action": "merge",
                "rule": rule,
                "evidence": evidence(rule, own),
                "source": own["source"],
                "source_key": own["source_key"],
                "with_source": other["source"],
                "with_source_key": other["source_key"],
                "customer_id": int(given[row]),
                "from_customer_id": former if former >= 0 else None,
            }
        )
    return events
