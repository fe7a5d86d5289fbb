"""Where the time of a reservation goes: one process alone, statement by statement."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.ledger_workers import ask
from benchmarks.ledger_world import World
from outreach import Ledger


@dataclass(slots=True)
class Parts:
    """Seconds in the database by table, and in commits; and how many statements ran."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    statements: int = 0
    began: float = 0.0

    def watch(self, engine: Engine) -> None:
        """Take the time of every statement and commit of an engine."""
        event.listen(engine, "before_cursor_execute", self._begin)
        event.listen(engine, "after_cursor_execute", self._end)
        commit = engine.dialect.do_commit

        def timed(connection: Any) -> None:  # noqa: ANN401 - any driver's
            began = time.perf_counter()
            commit(connection)
            self.seconds["commit"] += time.perf_counter() - began

        engine.dialect.do_commit = timed  # type: ignore[method-assign]  # of this engine alone

    def _begin(self, *_: object) -> None:
        self.began = time.perf_counter()

    def _end(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.seconds[_kind(statement)] += time.perf_counter() - self.began
        self.statements += 1


def print_parts(url: str, world: World) -> None:
    """Ask for every attempt of a world, one after the other, and print where the time went."""
    parts, people, policy = Parts(), world.people(), world.policy()
    with Ledger.open(url) as ledger:
        parts.watch(ledger._engine)  # noqa: SLF001 - only a benchmark looks behind it
        began = time.perf_counter()
        for attempt in world.asked():
            ask(ledger.reserve, attempt, people, policy)
        took = time.perf_counter() - began
    each, inside = 1e3 / world.attempts, sum(parts.seconds.values())
    print(
        f"  alone: {took * each:.2f} ms an attempt, {parts.statements / world.attempts:.1f} "
        f"statements; in the database {inside / took:.0%} of the time"
    )
    for kind, seconds in sorted(parts.seconds.items(), key=lambda one: -one[1]):
        print(f"    {kind:32} {seconds * each:6.3f} ms")


def _kind(statement: str) -> str:
    words = statement.split()
    after = {"SELECT": "FROM", "INSERT": "INTO"}.get(words[0])
    if after is None or after not in words:
        return words[0].lower()
    return f"{words[0].lower()} {words[words.index(after) + 1]}"
