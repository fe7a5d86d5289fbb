"""Which runs a comparison of policies has, and where the result of each is kept."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from banks import world_version, worlds
from cli.errors import BadOption, CommandError
from cli.loop.course import Setup, mark_of_labels
from cli.loop.own import Own, own_of
from cli.loop.players import NOTHING, POLICIES, SHIPPED, check_policy
from cli.loop.worth import Result
from goodcall import Workspace
from goodcall.atomic import write_file
from outreach import parse_policy

Contacts = Literal["capacity", "equal", "both"]
WORLDS = ("default", "weak", "strong", "no_effect", "alike", "noisy", "drifting", "weary")
# Named in advance: nothing may be tuned on the seeds by which policies are judged.
SEEDS = tuple(range(9011, 9021))
# Who has no run at equal contacts: who sets their number, and who makes none.
OWN_NUMBER = (SHIPPED, NOTHING)


@dataclass(frozen=True, slots=True)
class Run:
    """A policy in a world under a seed; `equal` with no more contacts a month than goodcall's."""

    world: str
    seed: int
    policy: str
    equal: bool = False

    @property
    def pair(self) -> tuple[str, int]:
        """The world and seed, in which all policies meet the same customers."""
        return self.world, self.seed

    @property
    def work(self) -> str:
        """The name of the run's folder beside those of the other policies."""
        return f"{self.policy}{'-equal' if self.equal else ''}"

    @property
    def name(self) -> str:
        """The name of the run among all."""
        return f"{self.world}-{self.seed}-{self.work}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; `months` are the contacts of each.

    `own` is what the policy's own instruments said; None where it has none, or it was not kept.
    """

    run: Run
    setup: Mapping[str, Any]
    result: Result
    months: tuple[int, ...]
    own: Own | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Policies to be compared in worlds under seeds, each for so many months."""

    worlds: tuple[str, ...] = WORLDS
    seeds: tuple[int, ...] = SEEDS
    policies: tuple[str, ...] = POLICIES
    contacts: Contacts = "both"
    customers: int = 10_000
    past: int = 18
    months: int = 12
    every: int = 3
    labels: Path | None = None

    def __post_init__(self) -> None:
        for name in ("worlds", "seeds", "policies"):
            asked = getattr(self, name)
            if twice := sorted({str(each) for each in asked if asked.count(each) > 1}):
                raise BadOption(f"{name}: {', '.join(twice)} is named twice; name each once")
        if unknown := sorted(set(self.worlds) - set(worlds())):
            raise BadOption(
                f"world {unknown[0]!r} is unknown; choose one of: {', '.join(worlds())}"
            )
        for policy in self.policies:
            check_policy(policy)
        if self.contacts != "capacity" and SHIPPED not in self.policies:
            raise BadOption(
                f"equal contacts are those of {SHIPPED}, which is not among the policies; name it "
                "too, or ask for --contacts capacity"
            )

    @property
    def learned(self) -> str:
        """What tells the labels that policies learn from all others."""
        return mark_of_labels(self.labels)

    @property
    def pairs(self) -> tuple[tuple[str, int], ...]:
        """Every world with every seed."""
        return tuple((world, seed) for world in self.worlds for seed in self.seeds)

    def runs(self, pairs: Sequence[tuple[str, int]] | None = None) -> Iterator[Run]:
        """The runs of some pairs, of all by default; goodcall's are the first of each pair."""
        first = sorted(self.policies, key=lambda policy: policy != SHIPPED)
        for world, seed in self.pairs if pairs is None else pairs:
            for policy in first:
                if self.contacts != "equal" or policy in OWN_NUMBER:
                    yield Run(world, seed, policy)
            if self.contacts != "capacity":
                for policy in first:
                    if policy not in OWN_NUMBER:
                        yield Run(world, seed, policy, equal=True)

    def setup(self, run: Run, most: tuple[int, ...] | None = None) -> Setup:
        """The course of a run."""
        return Setup(
            world=run.world,
            policy=run.policy,
            customers=self.customers,
            past=self.past,
            months=self.months,
            seed=run.seed,
            every=self.every,
            labels=self.learned,
            most=most,
        )


class Store:
    """The folder of a comparison: results that stand, and the work on those that do not yet."""

    def __init__(self, root: Path, policy_text: str) -> None:
        """Take a folder, and the contact policy by which its runs are made and worth so much."""
        self.root, self.policy_text = root, policy_text
        self.rules = parse_policy(policy_text).version

    def claim(self, comparison: Comparison) -> None:
        """Say of what runs the folder holds results; BadOption where it holds others.

        Results of other settings of a world are reported on, but no new ones are put beside them.
        """
        names = ("customers", "past", "months", "every")
        wanted = {name: getattr(comparison, name) for name in names} | {
            "labels": comparison.learned,
            "rules": self.rules,
        }
        file = self.root / "comparison.json"
        if not file.exists():
            if self.root.exists() and any(self.root.iterdir()):
                raise BadOption(
                    f"{self.root} holds something else than a comparison; name an empty folder "
                    "with --out"
                )
            write_file(self._policy_file, self.policy_text.encode())
            write_file(file, json.dumps(wanted, indent=2).encode())
        before = _read(file)
        for name, value in wanted.items():
            if before.get(name) != value:
                kept = name == "rules" and self._policy_file.exists()
                same = f"--rules {self._policy_file}" if kept else "the same"
                raise BadOption(
                    f"{self.root} holds runs of which {name} is {before.get(name)} and not "
                    f"{value}; name another folder with --out, or ask for {same}"
                )
        for world in comparison.worlds:
            self._check_settings(comparison, world)

    def _check_settings(self, comparison: Comparison, world: str) -> None:
        """BadOption for a world to be run on in whose runs so far other settings held."""
        runs = [run for run in comparison.runs() if run.world == world]
        told = [self.outcome(run) for run in runs]
        held = {each.setup.get("settings", "not kept") for each in told if each is not None}
        now = world_version(world)
        if None in told and (others := held - {now}):
            raise BadOption(
                f"{self.root} holds runs of world {world} with settings {others.pop()}, which are "
                f"{now} now; name another folder with --out, or remove results/{world}-*"
            )

    @property
    def _policy_file(self) -> Path:
        """Where the folder keeps the contact policy of its runs."""
        return self.root / "policy.toml"

    def base(self, pair: tuple[str, int]) -> Workspace:
        """Where the bank that all policies of a pair begin with is kept while they are at work."""
        return Workspace(self.work(pair) / "base")

    def work(self, pair: tuple[str, int]) -> Path:
        """The folder of the work on a pair."""
        world, seed = pair
        return self.root / "work" / world / str(seed)

    def place(self, run: Run) -> Workspace:
        """The workspace in which a run is at work."""
        return Workspace(self.work(run.pair) / run.work)

    def result(self, run: Run) -> Path:
        """The file of a run that is finished."""
        return self.root / "results" / f"{run.name}.json"

    def keep(self, outcome: Outcome) -> None:
        """Keep what a run came to."""
        told = {
            "setup": outcome.setup,
            "result": asdict(outcome.result),
            "months": outcome.months,
        }
        if outcome.own is not None:
            told["own"] = asdict(outcome.own)
        write_file(self.result(outcome.run), json.dumps(told, indent=2).encode())

    def outcome(self, run: Run) -> Outcome | None:
        """What a run came to; None where it is not finished."""
        file = self.result(run)
        if not file.exists():
            return None
        said = _read(file)
        try:
            known = {each.name for each in fields(Result)}
            result = Result(**{name: said["result"][name] for name in known})
            own = own_of(said["own"]) if "own" in said else None
            return Outcome(run, said["setup"], result, tuple(said["months"]), own)
        except (KeyError, TypeError) as error:
            raise BadOption(
                f"{file} is no result ({error!r}); remove it, and the run is done again"
            ) from error

    def clear(self, comparison: Comparison, pair: tuple[str, int]) -> None:
        """Remove the work on a pair whose runs are all finished."""
        done = all(self.result(run).exists() for run in comparison.runs([pair]))
        if done and self.work(pair).exists():
            shutil.rmtree(self.work(pair))

    @contextmanager
    def alone(self, pairs: Sequence[tuple[str, int]]) -> Iterator[None]:
        """The work on some pairs to oneself; CommandError where another process is at it."""
        with ExitStack() as held:
            for pair in pairs:
                name = self.root / "work" / f".{pair[0]}-{pair[1]}.lock"
                name.parent.mkdir(parents=True, exist_ok=True)
                file = held.enter_context(name.open("a"))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise CommandError(
                        f"another process is at work on world {pair[0]} under seed {pair[1]} in "
                        f"{self.root}; wait for it, or take other pairs with --part"
                    ) from error
            yield

    def outcomes(self, runs: Sequence[Run]) -> tuple[Outcome, ...]:
        """What those of some runs came to that are finished."""
        found = (self.outcome(run) for run in runs)
        return tuple(outcome for outcome in found if outcome is not None)


def _read(file: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadOption(
            f"{file} does not read as JSON ({error}); remove it, and it is made again"
        ) from error
    return said
