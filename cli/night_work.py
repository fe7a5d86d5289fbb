"""A night under way: what it asks of the bank, and what its steps hand to one another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from cli.night_files import STATES, read_scores
from cli.planning import Inputs, Night
from features import CATALOG, Computed
from features.backfill import sources_of
from features.states_file import read_computed
from goodcall.night_record import working_folder
from models import Effects
from outreach import Plan

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Demands:
    """What a night asks of what it works on.

    The bank's tables may end `late_days` before the day that the lists are for begins; a plan has
    at least `least_share` of the rows of the one before it; `gates` is a file of quality gates.
    """

    late_days: int = 0
    least_share: float = 0.1
    gates: Path | None = None


@dataclass
class Work:
    """A night under way: what one step made and a later one needs, read back where it must be.

    `sources` are the digests of the bank's files when the work began.
    """

    night: Night
    demands: Demands = field(default_factory=Demands)
    progress: Progress = lambda _done, _total: None
    plan: Plan | None = None
    fresh_features: Computed | None = None
    fresh_scores: tuple[pa.Table, Effects] | None = None
    inputs: Inputs | None = None
    _sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where this night's steps leave what later ones read."""
        return working_folder(self.night.workspace, self.night.day)

    @property
    def sources(self) -> Mapping[str, str]:
        """The digest of each of the bank's own tables, and of its manifest, as first seen."""
        if not self._sources:
            self._sources = sources_of(replace(self.night.bank, contacts=None))
        return self._sources

    def computed(self) -> Computed:
        """The day's features with their states."""
        if self.fresh_features is None:
            at = self.folder / STATES
            self.fresh_features = read_computed(
                at, self.night.workspace.snapshots, CATALOG, self.night.day
            )
        return self.fresh_features

    def scored(self) -> tuple[pa.Table, Effects]:
        """The day's scores, and what contacts would change."""
        if self.fresh_scores is None:
            self.fresh_scores = read_scores(self.folder)
        return self.fresh_scores
