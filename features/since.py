"""What facts that arrived after a snapshot do to its rows: the same declarations, the same kernel.

The conditions and arguments of each measure are evaluated by DuckDB over the new facts alone, as
the engine does over whole tables, and added up by the engine's own kernel; each window begins where
the snapshot's does. So an online row cannot mean something else than a snapshot's row.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arithmetic import Array
from features.asked import Asked, asked_of
from features.asof import connect
from features.feature import rows_of
from features.kernel import WORD
from features.measure import Measure
from features.online_database import micros
from features.online_facts import Fact, facts_table
from features.online_layout import Layout
from features.places import Numbers, Places
from features.sweep import evaluated, states_over
from features.tables import TABLES
from goodcall.calendar import start_of_day

_MEMORY = "512MB"


@dataclass(frozen=True, slots=True)
class Live:
    """One customer's row with what arrived since the snapshot.

    `held` are the places of the features that did not merge and stay at the snapshot's value;
    `facts` how many facts are counted, `seq` the number of the last, `until` the instant just after
    it was known, in microseconds since 1970.
    """

    customer_id: int
    features: Array
    states: Array
    held: frozenset[int]
    facts: int
    seq: int
    until: int


class Since:
    """Merges facts into the rows of snapshots of one catalogue; may be shared by threads."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._backend = connect(_MEMORY)
        # Few rows at a time: handing them to other threads takes longer than the work.
        self._backend.raw_sql("SET threads = 1")
        self._lock = Lock()
        self._compiled: dict[str, tuple[Asked, str]] = {}

    def merge(
        self,
        facts: Iterable[Fact],
        rows: Mapping[int, tuple[Array, Array]],
        as_of: date,
        zone: str,
    ) -> list[Live]:
        """The rows of the customers that the facts are about.

        `facts` are everything that became known since the snapshot, in the order of `seq`; `rows`
        give each customer's features and states in the snapshot.
        """
        kept = _latest(facts)
        customers = sorted(kept)
        if not customers:
            return []
        features = np.stack([rows[who][0] for who in customers])
        states = np.stack([rows[who][1] for who in customers])
        held: list[set[int]] = [set() for _ in customers]
        for table in sorted({fact.table for mine in kept.values() for fact in mine}):
            self._merge_table(table, kept, (features, states, held), as_of, zone)
        return self._finished(kept, rows, features, states, held)

    def _merge_table(
        self,
        table: str,
        kept: Mapping[int, Sequence[Fact]],
        found: tuple[Array, Array, list[set[int]]],
        as_of: date,
        zone: str,
    ) -> None:
        """Merge the facts of one raw table; who is corrected by them is left as of the snapshot."""
        features, states, held = found
        layout = self._layout
        of_table = [[f for f in mine if f.table == table] for _, mine in sorted(kept.items())]
        corrected = [any(fact.corrects for fact in mine) for mine in of_table]
        for place, mine in enumerate(of_table):
            if corrected[place]:
                held[place] |= {layout.place[item.name] for item in layout.tables.get(table, ())}
            elif mine:
                held[place] |= set(layout.unmerged([table]))
        chosen = [n for n, mine in enumerate(of_table) if mine and not corrected[n]]
        if not chosen or not layout.measures_of(table):
            return
        new = [fact for place in chosen for fact in of_table[place]]
        since = self._states(table, new, as_of, zone)
        states[chosen] = layout.merged(states[chosen], since)
        changed = features[chosen]
        layout.recompute(changed, states[chosen], table)
        features[chosen] = changed

    def _states(self, table: str, facts: Sequence[Fact], as_of: date, zone: str) -> Array:
        """(customers, width): the states over the facts, which stand customer by customer."""
        asked, sql = self._of(table)
        given = facts_table(TABLES[table], facts)
        with self._lock:
            connection = self._backend.con
            connection.register(table, given)
            found = connection.sql(sql).to_arrow_table()
            connection.unregister(table)
        until = 1 + max(max(fact.known_at, fact.happened_at) for fact in facts)
        customers = np.unique([fact.customer_id for fact in facts])
        none = np.zeros(len(customers), np.int64)
        places = Places(zone, customers, none, np.arange(len(customers)), ((as_of, until),))
        state = states_over(found, places, slice(0, len(customers)), asked)
        since = np.tile(self._layout.nothing, (len(customers), 1))
        for measure, parts in state.items():
            since[:, self._layout.states[measure]] = np.stack(parts, axis=1)
        begin = micros(start_of_day(as_of, zone))
        for measure in self._layout.measures_of(table):
            if measure.kind == "days":
                late = _late(found, measure, asked, places, begin)
                since[late, self._layout.states[measure]] = np.nan
        return since

    def _of(self, table: str) -> tuple[Asked, str]:
        """What the measures of a raw table ask of each row, and the SQL that tells it."""
        if table not in self._compiled:
            asked = asked_of(self._layout.measures_of(table))
            rows = rows_of(TABLES[table])
            keys = ("customer_id", "happened_at", "known_at")
            sql = ibis.to_sql(rows.select(*keys, **evaluated(rows, asked)), dialect="duckdb")
            self._compiled[table] = (asked, str(sql))
        return self._compiled[table]

    def _finished(
        self,
        kept: Mapping[int, Sequence[Fact]],
        rows: Mapping[int, tuple[Array, Array]],
        features: Array,
        states: Array,
        held: list[set[int]],
    ) -> list[Live]:
        layout = self._layout
        for item in layout.catalog.features:
            if item.reads:
                features[:, layout.place[item.name]] = layout.derived(item, features)
        found = []
        for place, who in enumerate(sorted(kept)):
            mine = kept[who]
            spoiled = {n for t in {f.table for f in mine} for n in layout.spoiled(states[place], t)}
            stays = layout.with_derived(held[place] | spoiled)
            before = rows[who][0]
            back = list(stays)
            features[place, back] = before[back]
            last = max(max(fact.known_at, fact.happened_at) for fact in mine)
            seq = max(fact.seq for fact in mine)
            found.append(Live(who, features[place], states[place], stays, len(mine), seq, last + 1))
        return found


def _latest(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    """Each customer's facts, of each key the last version; it corrects what any version did."""
    found: dict[int, dict[tuple[str, str], Fact]] = defaultdict(dict)
    for fact in facts:
        found[fact.customer_id][fact.table, fact.key] = fact
    return {who: list(mine.values()) for who, mine in found.items()}


def _late(
    found: pa.Table, measure: Measure, asked: Asked, places: Places, begin: int
) -> npt.NDArray[np.bool_]:
    """For each customer, whether a fact from before the snapshot falls into a count of days."""
    happened = found["happened_at"].cast(pa.int64()).to_numpy()
    late = (happened < begin) & (happened >= places.left([measure.days])[0, 0])
    word, bit = divmod(asked.conditions.index(measure.where), WORD)
    late &= (found[f"bits{word}"].to_numpy() >> bit) & 1 == 1
    customers: Numbers = found["customer_id"].to_numpy()[late]
    return np.isin(places.customers, customers)
