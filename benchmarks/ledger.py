"""How a ledger stands 64 processes at once, and kill -9: `python -m benchmarks.ledger --help`.

Everybody asks for few customers whose caps are one, in a world where the number of contacts that
may happen is known by hand. On each database: rows inserted by the bare driver as the yardstick,
with as many processes, one transaction a row, and the same durability; then the attempts; then
attempts while workers are killed at random and, on PostgreSQL, the server too, all its processes at
once, and started again on the same data. Exits with 1 where a promise is broken.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from benchmarks.ledger_parts import print_parts
from benchmarks.ledger_server import Server
from benchmarks.ledger_workers import Crew, Harm, Run, broken_promises
from benchmarks.ledger_world import World

_CUSTOMERS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where the databases of a benchmark lie: on a server, or as files in a folder."""

    folder: Path
    server: Server | None

    def fresh(self, name: str) -> str:
        """The address of a ledger before anything happened."""
        url = f"sqlite:///{self.folder / name}.db"
        if self.server is not None:
            engine = create_engine(self.server.url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            engine.dispose()
            url = self.server.url.set(database=name).render_as_string(hide_password=False)
        return url

    def crew(self, name: str, attempts: int, processes: int) -> Crew:
        """Workers that ask a ledger of their own."""
        world = World(_CUSTOMERS, attempts)
        return Crew(world, self.fresh(name), processes, self.folder / name)


def main(asked: argparse.Namespace) -> int:
    """Run what was asked for on each database; how many promises were broken."""
    chosen = ("sqlite", "postgres") if asked.database == "both" else (asked.database,)
    broken = 0
    for database in chosen:
        with ExitStack() as opened:
            folder = tempfile.TemporaryDirectory(prefix="goodcall-load-")
            path = Path(opened.enter_context(folder))
            server = opened.enter_context(Server()) if database == "postgres" else None
            print(f"{database}, {asked.processes} processes", flush=True)
            broken += _run(Place(path, server), asked)
    return broken


def _run(place: Place, asked: argparse.Namespace) -> int:
    bare = place.crew("bare", asked.bare, asked.processes).inserts()
    _print("bare inserts", bare, bare)
    crew = place.crew("load", asked.attempts, asked.processes)
    run = crew.asks()
    _print("reservations", run, bare)
    broken = _judge(crew, run)
    crew = place.crew("hurt", asked.hurt, asked.processes)
    harm = Harm(asked.kills)
    if place.server is not None:
        harm = Harm(asked.kills, asked.restarts, place.server.restart)
    run = crew.asks(harm)
    _print(f"killed: {run.killed} workers, server {harm.hurts} times", run, bare)
    broken += _judge(crew, run)
    if asked.alone:
        print_parts(place.fresh("parts"), World(_CUSTOMERS, asked.alone))
    return broken


def _print(name: str, run: Run, bare: Run) -> None:
    half, high = run.within(0.5), run.within(0.99)
    print(
        f"  {name}: {len(run.latencies):,} in {run.seconds:.0f} s, {run.per_second:,.0f} a second "
        f"({run.per_second / bare.per_second:.3f} of bare); median {half * 1e3:,.0f} ms, "
        f"p99 {high * 1e3:,.0f} ms ({high / bare.within(0.99):.2f} of bare)",
        flush=True,
    )


def _judge(crew: Crew, run: Run) -> int:
    broken = broken_promises(crew, run)
    allowed = f"{len(run.allowed):,} of {crew.world.allowed:,} that may happen"
    print(f"    {allowed}; {'; '.join(broken) or 'every promise kept'}", flush=True)
    return len(broken)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    for option, default, meaning in (
        ("processes", 64, "how many ask at once"),
        ("attempts", 100_000, "how often they ask"),
        ("bare", 20_000, "how many rows the yardstick inserts"),
        ("hurt", 20_000, "how often they ask while they are killed"),
        ("kills", 200, "how many workers are killed meanwhile"),
        ("restarts", 5, "how often PostgreSQL is killed meanwhile"),
        ("alone", 2_000, "how often one process alone asks, to see where the time goes"),
    ):
        options.add_argument(f"--{option}", type=int, default=default, help=meaning)
    sys.exit(1 if main(options.parse_args()) else 0)
