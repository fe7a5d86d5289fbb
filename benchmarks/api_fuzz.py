"""Asks the service what nobody meant it to be asked: every check of schemathesis, 10,000 cases.

    python -m benchmarks.api_fuzz --home var --cases 10000

The service runs over a copy of the workspace, on a port of this machine, behind its real gate. It
prints schemathesis' own summary and ends with 1 where a check failed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import select

from benchmarks.running import running
from features.online_database import reading_engine
from features.online_tables import CURRENT, PROFILES, VERSIONS
from goodcall.calendar import start_of_day
from goodcall.workspace import Workspace
from governance import AccessStore, NewKey, load_access
from serving.api import build_api
from serving.around import Surroundings
from serving.gate import open_gate
from serving.limits import Rate
from serving.office import open_office
from serving.terms import Terms

_CASES = re.compile(r"(\d+) generated")
# What a schema cannot say of a body: that an offer is sold, that a moment is after another.
_SETTINGS = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422", "503"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "413", "422"]
"""


@contextmanager
def served(place: Workspace, now: datetime) -> Iterator[tuple[str, str]]:
    """The address of the service over a workspace, at a moment that stands still, and a key."""
    gate = open_gate(place, os.environ, lambda: now)
    key = _key_of_an_app(place, now)
    rng = np.random.default_rng(1)
    app = build_api(
        lambda: open_office(place, None, Terms(), gate=gate, rng=rng),
        lambda: now,
        around=Surroundings(strangers=Rate(float(_OFTEN), _OFTEN)),
    )
    with running(app) as address:
        yield address, key


def _key_of_an_app(place: Workspace, now: datetime) -> str:
    """A key for all that an app may do, as often as it likes."""
    may = frozenset(load_access(place.access).roles["app"].may)
    asked = NewKey("fuzz", "app", may, frozenset(), _OFTEN, now + timedelta(days=1))
    with AccessStore.open(place.governance_url) as store:
        return store.add_key(asked, now=now)


def known_numbers(place: Workspace) -> tuple[dict[str, list[object]], datetime]:
    """Customers and lists that a workspace knows, and ten in the morning of its snapshot's day."""
    engine = reading_engine(place.online_url)
    with engine.connect() as connection:
        version = connection.execute(select(CURRENT.c.version)).scalar_one()
        asked = select(VERSIONS.c.as_of, VERSIONS.c.zone).where(VERSIONS.c.version == version)
        as_of, zone = connection.execute(asked).one()
        people = connection.scalars(select(PROFILES.c.customer_id).limit(200)).all()
        managers = {
            json.loads(text).get("manager_id")
            for text in connection.scalars(select(PROFILES.c.json).limit(200))
        }
    engine.dispose()
    first = 4_000_000_000_000_000_001
    numbers: dict[str, list[object]] = {
        "customer_id": list(people),
        "manager": sorted(each for each in managers if each is not None),
        "day": [str(as_of)],
        "rank": [1, 2, 3],
        "contact_id": [first + place for place in range(20)],
    }
    return numbers, start_of_day(as_of, zone).replace(microsecond=0) + _MORNING


def run(
    served_at: tuple[str, str], cases: int, known: dict[str, list[object]], *, seed: int = 1
) -> tuple[int, str]:
    """Schemathesis' exit code and what it says, after about so many cases."""
    address, key = served_at
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "schemathesis.toml"
        settings.write_text(_SETTINGS, encoding="utf-8")
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
            *("run", f"{address}/v1/openapi.json", "--checks", "all", "--continue-on-failure"),
            *("--max-examples", str(max(1, cases // _OPERATIONS)), "--seed", str(seed)),
            *("--header", f"Authorization: Bearer {key}", "--request-timeout", "20"),
            *("--suppress-health-check", "all", "--generation-database", "none"),
        ]
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": "benchmarks.api_fuzz_hooks",
            "GOODCALL_FUZZ": json.dumps(known),
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    return done.returncode, done.stdout + done.stderr


def cases_in(said: str) -> int:
    """How many cases a run made."""
    found = _CASES.search(said.replace(",", ""))
    return int(found.group(1)) if found else 0


def main() -> int:
    """Copies the workspace, serves the copy, and asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Workspace(Path(shutil.copytree(given.home, Path(folder) / "var")))
        known, now = known_numbers(place)
        with served(place, now) as served_at:
            code, said = run(served_at, given.cases, known, seed=given.seed)
    print(said)
    print(f"cases: {cases_in(said)}")
    return code


# Of 25 operations some take no parameters, and so get a case or two.
# What one application asks in a minute at most.
_OFTEN = 60_000
_OPERATIONS = 20
_MORNING = np.timedelta64(10, "h").astype("timedelta64[us]").item()

if __name__ == "__main__":
    sys.exit(main())
