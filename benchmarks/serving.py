"""How fast the service answers: `python -m benchmarks.serving WORKSPACE [--soak 600]`.

Everything is measured in one run, on loopback, with wrk: bare FastAPI with a booster, BentoML's
no-op route, BentoML out of the box with the booster, MLflow's server with the booster, and the
service, whose answer reads the store, asks the access rules and writes the audit log. The servers
are up together and are asked in turn, so that what else the machine does falls on all alike.
WORKSPACE is one that `goodcall demo` made; it is copied, never written to.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import lightgbm
import numpy as np
import psutil

from goodcall.workspace import Workspace
from governance.access_file import load_access
from governance.keys import NewKey
from governance.store import AccessStore
from serving.bento import bentoml_environment
from serving.run import Listening, serve_arguments

CONNECTIONS = (1, 8, 32)
PATIENCE = 300
STALL = 0.050
OURS, BARE, NOOP, BOX, MLFLOW = (
    *("goodcall", "bare FastAPI + booster", "BentoML no-op route"),
    *("BentoML out of the box + booster", "MLflow's server + booster"),
)
_SCRIPT = """
wrk.method, wrk.headers["content-type"] = "POST", "application/json"
{proof}
if {pause} > 0 then delay = function() return {pause} end end
local bodies, turn = {{{bodies}}}, 0
request = function()
  turn = turn % #bodies + 1
  return wrk.format(nil, "{path}", nil, bodies[turn])
end
done = function(s, latency)
  local e = s.errors
  io.write(string.format("%f %f %f %f %d\\n", s.requests / s.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    e.status + e.timeout + e.read + e.write + e.connect))
end
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: how it is started and how it is asked."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    port: int
    path: str
    bodies: tuple[str, ...]
    key: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        proof = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return {"content-type": "application/json", **proof}


@dataclass(slots=True)
class Measured:
    """What was measured of a server: by connections (requests a second, p50, p99, max in ms)."""

    started: float = 0.0
    rates: dict[int, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    stalls: int = 0
    asked: int = 0
    sequential: tuple[float, float] = (0.0, 0.0)
    rss: float = 0.0


def main() -> None:
    """Start all servers, ask them in turn, print what came of it."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="goodcall-serving-") as folder, ExitStack() as stack:
        peers = _peers(options.workspace, Path(folder))
        found = {peer.name: Measured() for peer in peers}
        processes = {}
        for peer in peers:
            process, found[peer.name].started = stack.enter_context(_started(peer, Path(folder)))
            processes[peer.name] = process
        for _ in range(options.rounds):
            for connections in CONNECTIONS:
                for peer in peers:
                    rate = _wrk(peer, connections, options.seconds, Path(folder))
                    found[peer.name].rates.setdefault(connections, []).append(rate)
        for peer in peers:
            _one_by_one(peer, found[peer.name], options.seconds * 2)
            found[peer.name].rss = _largest(processes[peer.name])
        _print(found)
        ours = next(peer for peer in peers if peer.name == OURS)
        _reasons(ours)
        _many(ours)
        if options.soak:
            _soak(ours, found[OURS], processes[OURS], options.soak, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement with wrk")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is printed")
    parser.add_argument("--soak", type=int, default=0, help="seconds at 80 %% of capacity")
    return parser.parse_args()


def _peers(workspace: Path, folder: Path) -> list[Peer]:
    root = Path(shutil.copytree(workspace, folder / "var"))
    place = Workspace(root)
    key, ids = _key(place), _customers(place)
    booster = _booster(folder)
    plain = {**os.environ, "GOODCALL_PEER_BOOSTER": str(booster), "BENTOML_DO_NOT_TRACK": "true"}
    plain["BENTOML_HOME"] = str(folder / "bentoml")
    here, before = str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")
    plain["PYTHONPATH"] = os.pathsep.join(filter(None, (here, before)))
    # MLflow's server looks for its own on the path.
    plain["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    python, module = sys.executable, "benchmarks.serving_peers"
    one = tuple(f'{{"customer_id":{who}}}' for who in ids)
    ours = tuple(f'{{"customer_id":{who},"labels":["churn"]}}' for who in ids)
    row = json.dumps({"inputs": [[0.0] * 199]})
    own = bentoml_environment(place) | {
        "GOODCALL_MAX_AGE": "36500",
        "PYTHONPATH": plain["PYTHONPATH"],
    }

    def bento(name: str, port: int) -> list[str]:
        return [python, "-m", "bentoml", "serve", f"{module}:{name}", "--port", str(port)]

    uvicorn = [python, "-m", "uvicorn", f"{module}:bare", "--port", "3951", "--no-access-log"]
    model = str(_mlflow_model(booster, folder))
    mlflow = [python, "-m", "mlflow", "models", "serve", "-m", model, "-p", "3954"]
    return [
        Peer(BARE, uvicorn, plain, 3951, "/v1/score", one),
        Peer(NOOP, bento("Noop", 3952), plain, 3952, "/v1/score", one),
        Peer(BOX, bento("OutOfTheBox", 3953), plain, 3953, "/v1/score", one),
        Peer(MLFLOW, [*mlflow, "--env-manager", "local"], plain, 3954, "/invocations", (row,)),
        Peer(OURS, serve_arguments(Listening(port=3955)), own, 3955, "/v1/score", ours, key),
    ]


def _key(place: Workspace) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    actions = frozenset(load_access(place.access).roles["app"].may)
    wish = NewKey("bench", "app", actions, frozenset(), 1_000_000, now + timedelta(days=2))
    with AccessStore.open(place.governance_url) as store:
        return store.add_key(wish, now=now)


def _customers(place: Workspace) -> list[int]:
    with closing(sqlite3.connect(place.online)) as store:
        asked = "SELECT DISTINCT customer_id FROM online_rows ORDER BY customer_id LIMIT 1000"
        return [row[0] for row in store.execute(asked)]


def _booster(folder: Path) -> Path:
    """A booster of 199 random features and 100 trees of 31 leaves."""
    rng = np.random.default_rng(1)
    data = lightgbm.Dataset(rng.random((5000, 199)), rng.integers(0, 2, 5000))
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 1}
    path = folder / "booster.txt"
    lightgbm.train(settings, data, 100).save_model(str(path))
    return path


def _mlflow_model(booster: Path, folder: Path) -> Path:
    import mlflow.lightgbm  # noqa: PLC0415 - only this peer needs it

    path = folder / "mlflow-model"
    mlflow.lightgbm.save_model(lightgbm.Booster(model_file=str(booster)), str(path))
    return path


@contextmanager
def _started(peer: Peer, folder: Path) -> Iterator[tuple[psutil.Process, float]]:
    """The server's process, and the seconds from its start to its first good answer."""
    began = time.perf_counter()
    with (folder / f"{peer.port}.log").open("wb") as log:
        process = psutil.Popen(
            peer.command, env=dict(peer.environment), stdout=log, stderr=log,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
    try:
        while not _answers(peer):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                said = (folder / f"{peer.port}.log").read_text()
                raise SystemExit(f"{peer.name} did not start:\n{said}")
            time.sleep(0.1)
        yield process, time.perf_counter() - began
    finally:
        if process.is_running():
            family = [*process.children(recursive=True), process]
            process.terminate()
            psutil.wait_procs(family, timeout=30)


def _answers(peer: Peer) -> bool:
    try:
        said = httpx.post(_url(peer), content=peer.bodies[0], headers=peer.headers, timeout=30)
    except httpx.TransportError:
        return False
    return said.status_code == 200  # noqa: PLR2004 - HTTP's own word for good


def _url(peer: Peer, path: str | None = None) -> str:
    return f"http://127.0.0.1:{peer.port}{path or peer.path}"


def _wrk(
    peer: Peer, connections: int, seconds: int, folder: Path, pause: int = 0
) -> tuple[float, float, float, float]:
    """Requests a second, p50, p99 and the longest in ms, after a second of warming up.

    Each connection waits `pause` ms before each request.
    """
    proof = f'wrk.headers["authorization"] = "Bearer {peer.key}"' if peer.key else ""
    bodies = ",".join(f"'{body}'" for body in peer.bodies)
    script = folder / f"{peer.port}.lua"
    script.write_text(_SCRIPT.format(proof=proof, bodies=bodies, path=peer.path, pause=pause))
    command = ["wrk", "-t1", f"-c{connections}", "-s", str(script), "--timeout", "10s"]
    said = ""
    for length in (1, seconds):
        done = subprocess.run(  # noqa: S603 - wrk, with our own arguments
            [*command, f"-d{length}s", _url(peer)], capture_output=True, text=True, check=True
        )
        said = done.stdout.splitlines()[-1]
    rate, p50, p99, most, wrong = (float(part) for part in said.split())
    if wrong:
        raise SystemExit(f"{peer.name} answered {wrong:.0f} requests wrongly or not at all")
    return rate, p50, p99, most


def _one_by_one(peer: Peer, found: Measured, seconds: int) -> None:
    """Ask one request after another on one connection, and count those that stall."""
    took = _asked(peer, peer.path, lambda turn: peer.bodies[turn % len(peer.bodies)], seconds)
    found.asked, found.stalls = len(took), int((took > STALL).sum())
    found.sequential = (float(np.percentile(took, 50)) * 1e3, float(np.percentile(took, 99)) * 1e3)


def _asked(
    peer: Peer, path: str, body: Callable[[int], str], seconds: float
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """The seconds that each request took, one after another."""
    took = []
    with httpx.Client(headers=peer.headers, timeout=60) as client:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter()
            client.post(_url(peer, path), content=body(len(took))).raise_for_status()
            took.append(time.perf_counter() - began)
    return np.array(took[len(took) // 10 :])


def _largest(process: psutil.Process) -> float:
    """MiB of the largest process of a server."""
    family = [process, *process.children(recursive=True)]
    return float(max(each.memory_info().rss for each in family)) / 2**20


def _print(found: Mapping[str, Measured]) -> None:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    head = " | ".join(f"{count} connections: rate, p50 / p99 ms" for count in CONNECTIONS)
    print(f"| server | {head} | one by one p50 / p99 ms | stalls > 50 ms | MiB | first answer s |")
    print("|---" * (len(CONNECTIONS) + 5) + "|")
    for name, each in found.items():
        cells = []
        for count in CONNECTIONS:
            rate, p50, p99 = (
                median(part) for part in list(zip(*each.rates[count], strict=True))[:3]
            )
            cells.append(f"{rate:,.0f}, {p50:.2f} / {p99:.1f}")
        p50, p99 = each.sequential
        print(
            f"| {name} | {' | '.join(cells)} | {p50:.2f} / {p99:.2f} | "
            f"{each.stalls} of {each.asked:,} | {each.rss:,.0f} | {each.started:.1f} |"
        )
    print()
    for other in (NOOP, BARE, MLFLOW, BOX):
        ratios = ", ".join(
            f"{_rate(found[OURS], count) / _rate(found[other], count):.2f}" for count in CONNECTIONS
        )
        print(f"goodcall's rate over {other}: {ratios}")


def _rate(each: Measured, connections: int) -> float:
    return median(rate for rate, *_ in each.rates[connections])


def _reasons(ours: Peer) -> None:
    """What taking a score apart, with its reasons in words, adds to answering it."""
    bodies = [f"{body[:-1]}" for body in ours.bodies]
    plain = _asked(ours, "/v1/score", lambda turn: bodies[turn % len(bodies)] + "}", 5)
    ids = [json.loads(body)["customer_id"] for body in ours.bodies]

    def explained(turn: int) -> str:
        return json.dumps({"customer_id": ids[turn % len(ids)], "label": "churn"})

    told = _asked(ours, "/v1/explain", explained, 5)
    a, b = np.percentile(plain, 50) * 1e3, np.percentile(told, 50) * 1e3
    print(f"reasons: p50 {a:.2f} ms without, {b:.2f} ms with: {b - a:+.2f} ms")


def _many(ours: Peer) -> None:
    """How many customers a second one call of 1,000 scores."""
    ids = [json.loads(body)["customer_id"] for body in ours.bodies]
    lot = json.dumps({"customer_ids": (ids * 1000)[:1000], "labels": ["churn"]})
    took = _asked(ours, "/v1/scores", lambda _: lot, 6)
    middle = float(np.median(took))
    print(f"1,000 customers in one call: {middle * 1e3:.0f} ms, {1000 / middle:,.0f} rows/s")


def _soak(ours: Peer, found: Measured, process: psutil.Process, seconds: int, folder: Path) -> None:
    """Ask at 80 % of what 8 connections reached, and watch memory from minute to minute.

    Each of 8 connections waits between two requests, so that together they come to that rate.
    """
    rate = 0.8 * _rate(found, 8)
    pause = max(0, round(8000 / rate - found.sequential[0]))
    held, asked, worst = [_largest(process)], 0.0, 0.0
    for _ in range(max(1, seconds // 60)):
        reached, _p50, p99, _most = _wrk(ours, 8, min(seconds, 60), folder, pause)
        asked, worst = asked + reached * min(seconds, 60), max(worst, p99)
        held.append(_largest(process))
    told = ", ".join(f"{each:.0f}" for each in held)
    print(
        f"soak: {asked:,.0f} requests in {seconds} s at {asked / seconds:,.0f} a second, no error, "
        f"p99 of the worst minute {worst:.1f} ms; MiB by the minute {told}"
    )


if __name__ == "__main__":
    main()
