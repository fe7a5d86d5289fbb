"""One policy's course through simulated time, kept after each month and gone on with if killed."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from banks import Records, Simulation, found, world_version, worlds
from cli.errors import BadOption
from cli.loop.desk import Desk, Terms, desk_of, refuse_other_channels, terms_of
from cli.loop.foreseen import foreseen_cents
from cli.loop.own import Own
from cli.loop.worth import Result, result_of
from cli.policies import install_policy
from features import open_bank
from features.bank import MANIFEST
from goodcall import Workspace
from goodcall.atomic import new_file, new_folder, write_file
from outreach import Policy, parse_policy
from training import Definition, default_labels, read_labels

# Nobody is contacted in the last week before the first month: by the shipped policy "not now" and a
# call let a customer rest so long, and with one day of outreach a month it would be a month.
QUIET_DAYS = 7
# What contacts led to may come up to 90 days later; so long nobody is contacted any more.
AFTER_MONTHS = 3
# Hidden files are of one workspace: locks, and drafts of a process that was killed.
_OWN = shutil.ignore_patterns(".*")

SHIPPED_LABELS = "shipped"

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """A course: whose customers live in which world, by habit for `past` months, by a policy then.

    `months` are those in which the policy contacts; models are trained after `every` months, if not
    before, towards the labels that `labels` tells from all others; `rules` is the version of the
    contact policy, `settings` that of the world's; `most` is how many contacts it makes in each
    month, at most, None where minutes alone limit it.
    """

    world: str
    policy: str
    customers: int
    past: int
    months: int
    seed: int
    every: int = 3
    labels: str = SHIPPED_LABELS
    rules: str = "shipped"
    settings: str = ""
    most: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.world not in worlds():
            raise BadOption(
                f"world {self.world!r} is unknown; choose one of: {', '.join(worlds())}"
            )
        if self.most is not None and len(self.most) != self.months:
            raise BadOption(
                f"{len(self.most)} numbers of contacts are given for {self.months} months; give "
                "each month one"
            )

    def under(self, rules: str) -> "Setup":
        """The same course under a version of the contact policy, in its world as it now is."""
        return replace(self, rules=rules, settings=world_version(self.world))

    @property
    def ends(self) -> int:
        """The number of the month after the last in which the policy contacts."""
        return self.past + self.months


class Player(Protocol):
    """A policy at work in one workspace, a month at a time."""

    def contacts(self, desk: Desk, most: int | None) -> Records:
        """Whom it contacts in the month that the bank lives next; asked again, it says the same."""
        ...

    def heard(self, bank: Simulation, month: int) -> dict[str, Any]:
        """Take in what came of a month, the last that the bank lived, and tell of its own work.

        Told again after a kill, it does nothing twice.
        """
        ...

    def own(self, bank: Simulation) -> Own | None:
        """What its own instruments say once all has ended; None where it has none."""
        ...


class Course:
    """A policy's course in a workspace, which holds the bank, and whatever the policy keeps."""

    def __init__(self, place: Workspace, setup: Setup, bank: Simulation, policy: Policy) -> None:
        """Take a workspace with its bank; `policy` is what months are worth by, whatever is in
        force in the workspace by then.
        """  # noqa: D205 - one sentence
        self.place, self.setup, self.bank, self.policy = place, setup, bank, policy
        first = bank.setting.calendar.first_of(setup.past)
        # What suits whom stands as of the first month; a bank that grew meanwhile tells the same.
        self.terms: Terms = terms_of(bank, open_bank(place.bank), policy, first)

    @classmethod
    def open(
        cls, place: Workspace, setup: Setup, rules: str, step: Step, base: Workspace | None = None
    ) -> "Course":
        """The course that a workspace holds, to be gone on with, or a new one.

        `rules` is the text of the contact policy. A new course begins with the bank that `base`
        holds, else with one that is founded. BadOption where the workspace holds another course, or
        anything else.
        """
        policy = parse_policy(rules)
        refuse_other_channels(policy)
        setup = setup.under(policy.version)
        said = _setup_file(place)
        wanted = json.dumps(asdict(setup), indent=2)
        if said.exists() and (before := said.read_text(encoding="utf-8")) != wanted:
            raise BadOption(
                f"{place.root} holds another course: {_differs(before, wanted)}; name another "
                "--home, or remove that folder"
            )
        if not said.exists() and place.root.exists() and any(place.root.iterdir()):
            raise BadOption(
                f"{place.root} holds something else than a course; name an empty folder with --home"
            )
        said.parent.mkdir(parents=True, exist_ok=True)
        if not said.exists():
            install_policy(place, rules)
            write_file(said, wanted.encode())
        if not lives_file(place).exists():
            if base is None:
                return cls(place, setup, found_base(place, setup, step), policy)
            _copy_base(base, place)
        return cls(place, setup, Simulation.load(lives_file(place)), policy)

    def run(self, player: Player, tell: Callable[[int, dict[str, Any]], None]) -> Result:
        """Live through the months that are left; what the whole course came to.

        `tell` hears of each month that is over.
        """
        setup = self.setup
        for month in range(setup.past, setup.ends):
            file = month_file(self.place, month - setup.past)
            if file.exists():
                continue
            if self.bank.month == month:
                most = None if setup.most is None else setup.most[month - setup.past]
                desk = desk_of(self.bank, self.terms)
                contacts = player.contacts(desk, most)
                # Told before the bank lives on: it cannot be foreseen any more thereafter.
                seen = {"expected_value_cents": foreseen_cents(desk, contacts)}
                write_file(_foreseen_file(self.place), json.dumps(seen).encode())
                self.bank.live(contacts)
                self.bank.save(lives_file(self.place))
            facts = self._told(month) | _read(_foreseen_file(self.place))
            facts |= player.heard(self.bank, month)
            # Saved again: rows of the month that were asked for are not to be given once more.
            self.bank.save(lives_file(self.place))
            write_file(file, json.dumps(facts, indent=2).encode())
            tell(month - setup.past, facts)
        months = (_read(month_file(self.place, number)) for number in range(setup.months))
        expected = sum(each["expected_value_cents"] for each in months)
        return _judged(self.bank, self.policy, setup.past, setup.ends, expected)

    def _told(self, month: int) -> dict[str, Any]:
        lived = self.bank.history.months[month]
        made = lived.contacts[lived.contacts["carried"]]
        return {
            "day": str(self.bank.setting.calendar.first_of(month)),
            "contacts": len(made),
            "reached": int(made["reached"].sum()),
            "purchases": len(lived.purchases),
            "began_to_leave": int(lived.begins.sum()),
        }


def labels_of(file: Path | None) -> Sequence[Definition]:
    """The labels of a file; without one, the shipped ones."""
    return default_labels() if file is None else read_labels(file)


def mark_of_labels(file: Path | None) -> str:
    """What tells the labels of a file from all others; the shipped ones have no file."""
    return SHIPPED_LABELS if file is None else sha256(file.read_bytes()).hexdigest()[:16]


def found_base(place: Workspace, setup: Setup, step: Step) -> Simulation:
    """Found a course's bank, which has lived its past, and keep it in a workspace.

    Its last week was quiet. It is the same for every policy.
    """
    bank = found(
        place.bank,
        customers=setup.customers,
        months=setup.ends + AFTER_MONTHS,
        lived=setup.past,
        seed=setup.seed,
        world=setup.world,
        quiet_days=QUIET_DAYS,
        progress=step,
    )
    bank.save(lives_file(place))
    return bank


def played(
    bank: Simulation, terms: Terms, player: Player, months: int, most: Sequence[int] | None
) -> tuple[Result, tuple[int, ...]]:
    """What months under a policy come to, and the contacts of each, in a bank that lives on.

    It comes to what a `Course` comes to, but keeps nothing to go on from.
    """
    since, made, expected = bank.month, [], 0.0
    for number in range(months):
        desk = desk_of(bank, terms)
        contacts = player.contacts(desk, None if most is None else most[number])
        expected += foreseen_cents(desk, contacts)
        bank.live(contacts)
        player.heard(bank, bank.month - 1)
        made.append(int(contacts["carried"].sum()))
    return _judged(bank, terms.policy, since, since + months, expected), tuple(made)


def lives_file(place: Workspace) -> Path:
    """Where the simulated bank is kept after each month."""
    return place.root / "course" / "lives.parquet"


def month_file(place: Workspace, number: int) -> Path:
    """What a month of a course came to, by its number from 0."""
    return place.root / "course" / f"month-{number + 1:02}.json"


def _foreseen_file(place: Workspace) -> Path:
    """Where it is told what the contacts of the month last lived could be expected to bring."""
    return place.root / "course" / "foreseen.json"


def _setup_file(place: Workspace) -> Path:
    return place.root / "course" / "setup.json"


def _differs(before: str, wanted: str) -> str:
    """In what two courses differ, in words."""
    old, new = json.loads(before), json.loads(wanted)
    names = [name for name in new if old.get(name) != new[name]]
    return ", ".join(f"{name} is {old.get(name)!r} there and not {new[name]!r}" for name in names)


def _judged(bank: Simulation, policy: Policy, since: int, ends: int, expected: float) -> Result:
    """What it came to once nobody is contacted any more and all that was begun has ended."""
    while bank.month < ends + AFTER_MONTHS:
        bank.live(bank.plan()[:0])
    return result_of(bank, policy, since, expected)


def _read(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told


def _copy_base(base: Workspace, place: Workspace) -> None:
    """Give a workspace the bank of another, and the snapshots and models that were made there.

    Both hold the same files, none of which is ever changed: what changes is written anew under the
    name. Databases are the exception, and copied.
    """
    for made in (base.snapshots, base.models, base.artefacts):
        if made.exists():
            with new_folder(place.root / made.name) as draft:
                shutil.copytree(made, draft, copy_function=os.link, ignore=_OWN, dirs_exist_ok=True)
    if base.tracking.exists():
        with new_file(place.tracking) as draft:
            shutil.copy(base.tracking, draft)
    with new_folder(place.bank) as draft:
        for file in base.bank.iterdir():
            if file.suffix == ".parquet":
                (draft / file.name).hardlink_to(file)
            elif file.name == MANIFEST:
                shutil.copy(file, draft / file.name)
    write_file(lives_file(place), lives_file(base).read_bytes())
