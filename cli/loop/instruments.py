"""What policies' own instruments said over the runs of a comparison, counted.

Where contacts change nothing, a hold-out's report that shows an effect is wrong, and where they do
the same to everybody, so is an effect that a gate let pass. A test at 95 % is wrong once in twenty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.stats import binom

from cli.loop.own import Own

Chance = Literal["chance", "more", "none"]
# What a hold-out's report tells of, and whether more of it is a gain.
OUTCOMES = {"families": True, "left": False}
_WRONG = 0.05


@dataclass(frozen=True, slots=True)
class HeldOut:
    """In how many runs a hold-out's report showed what of an outcome.

    `untold` are those in which it told nothing: too few customers, or outcomes; of `not_kept` it is
    not known.
    """

    gain: int
    loss: int
    not_shown: int
    untold: int
    not_kept: int

    @property
    def told(self) -> int:
        """The reports that could have shown an effect."""
        return self.gain + self.loss + self.not_shown

    @property
    def chance(self) -> Chance:
        """Whether tests at 95 % of nothing show as many effects as often as once in twenty."""
        if not self.told:
            return "none"
        shown = self.gain + self.loss
        return "chance" if binom.sf(shown - 1, self.told, _WRONG) >= _WRONG else "more"


@dataclass(frozen=True, slots=True)
class Passed:
    """In how many of some runs a model of effects proved itself at the gate.

    `models` are the labels of all runs whose champions told effects, `proved` those of them of
    which one told customers apart; of `not_kept` runs it is not known.
    """

    runs: int
    models: int
    proved: int
    runs_with_proof: int
    not_kept: int


def held_out(told: Sequence[Own | None], outcome: str) -> HeldOut:
    """The reports on an outcome, counted."""
    kept = [each for each in told if each is not None]
    said: list[str] = [each.holdout[outcome].verdict for each in kept if outcome in each.holdout]
    better, worse = ("more", "less") if OUTCOMES[outcome] else ("less", "more")
    return HeldOut(
        gain=said.count(better),
        loss=said.count(worse),
        not_shown=said.count("not_shown"),
        untold=said.count("insufficient") + len(kept) - len(said),
        not_kept=len(told) - len(kept),
    )


def passed(told: Sequence[Own | None]) -> Passed:
    """The models of effects that proved themselves, counted."""
    kept = [each.effects for each in told if each is not None]
    return Passed(
        runs=len(kept),
        models=sum(map(len, kept)),
        proved=sum(sum(each.values()) for each in kept),
        runs_with_proof=sum(any(each.values()) for each in kept),
        not_kept=len(told) - len(kept),
    )
