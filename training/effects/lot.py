"""Randomised contacts with features and what came of them: all that an effect may be learned from.

Learning an effect from contacts that people chose would credit the contact with what they chose by.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.definitions.horizon import Horizon
from training.effects.uplift import Trial
from training.errors import MissingColumn, NotRandomised, OneClass, TooFewRows

_FEWEST_ROWS = 100
_STRANGE = 6.0
_SHOWN = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class Arm:
    """What a lot may draw: an offer's family, or a purpose such as retention, and the channel."""

    what: str
    channel: str


@dataclass(frozen=True, slots=True, eq=False)
class EffectSet:
    """Rows of a lot: features as of the contact, whether it was drawn to be made, and the outcome.

    `treated` is what the lot drew, whatever came of it, and `probability` the lot's chance of that.
    `arm` is each row's place in `arms`. `wanted` says whether the outcome is one to bring about, as
    a purchase is, or to prevent. `excluded` counts rows without an outcome, by reason. Arms that
    share the word `alike` may lean on one another's averages: families through one channel do, but
    an offer and a care call, which may drive leaving opposite ways, do not. Where `additive` holds
    a contact adds to the chance, as to that of opting out, and does not multiply it.
    """

    outcome: str
    wanted: bool
    horizon: Horizon
    features: tuple[str, ...]
    fingerprint: str
    matrix: Floats = field(repr=False)
    treated: NDArray[np.bool_] = field(repr=False)
    probability: Floats = field(repr=False)
    y: NDArray[np.int8] = field(repr=False)
    customer_id: NDArray[np.int64] = field(repr=False)
    as_of: NDArray[np.datetime64] = field(repr=False)
    arms: tuple[Arm, ...]
    arm: NDArray[np.int64] = field(repr=False)
    excluded: Mapping[str, int] = field(default_factory=dict)
    alike: Literal["what", "channel"] = "channel"
    additive: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """What an effect on this outcome is called, one name an arm: buys:fund:phone."""
        return tuple(f"{self.outcome}:{arm.what}:{arm.channel}" for arm in self.arms)

    def of(self, rows: NDArray[np.int64]) -> "EffectSet":
        """Some of the rows."""
        return replace(
            self,
            matrix=self.matrix[rows],
            treated=self.treated[rows],
            probability=self.probability[rows],
            y=self.y[rows],
            customer_id=self.customer_id[rows],
            as_of=self.as_of[rows],
            arm=self.arm[rows],
        )

    def trial(self) -> Trial:
        """The rows as a trial in which the outcome hoped for counts as a gain."""
        gained = self.y if self.wanted else 1 - self.y
        return Trial(gained.astype(np.int8), self.treated, self.probability, self.customer_id)

    def asked(self) -> Floats:
        """The features with the columns of each row's arm behind them."""
        return np.hstack([self.matrix, arm_columns(self.arms)[self.arm]])


def arm_columns(arms: tuple[Arm, ...]) -> Floats:
    """A column for each thing offered and for each channel, where there is more than one."""
    words = [[arm.what for arm in arms], [arm.channel for arm in arms]]
    flags = [
        [[float(word == each) for each in sorted(set(column))] for word in column]
        for column in words
        if len(set(column)) > 1
    ]
    return np.hstack([np.empty((len(arms), 0)), *(np.array(each) for each in flags)])


def checked(
    data: EffectSet, randomised: NDArray[np.bool_], *, absent: Collection[str] = ()
) -> EffectSet:
    """The set itself, when an effect may be learned from it.

    NotRandomised when a row was not chosen by lot, when its probability is not one of a lot, or
    when those contacted differ from those left alone by more than a lot brings about; TooFewRows,
    OneClass and MissingColumn when there is nothing to learn. `absent` names columns for which the
    bank has no source.
    """
    if not randomised.all():
        raise NotRandomised(
            f"{int((~randomised).sum())} of {len(randomised)} contacts were not chosen by lot; who "
            "was chosen by people differs in what they chose by, so an effect learned from them "
            "would be theirs: keep the rows of `contacts` with randomised = true"
        )
    if len(data.y) < _FEWEST_ROWS:
        raise TooFewRows(
            f"{len(data.y)} randomised contacts have an outcome {data.outcome!r}, fewer than "
            f"{_FEWEST_ROWS}; draw more contacts by lot, or wait until more outcomes are known"
        )
    if data.y.min() == data.y.max():
        raise OneClass(
            f"every one of {len(data.y)} randomised contacts has outcome {int(data.y[0])} for "
            f"{data.outcome!r}; draw more contacts by lot, or take a longer horizon"
        )
    silent = np.isnan(data.matrix).all(axis=0)
    empty = [data.features[place] for place in np.flatnonzero(silent)]
    unexpected = [name for name in empty if name not in absent]
    if unexpected:
        raise MissingColumn(
            f"nothing at all is known in {', '.join(unexpected[:_SHOWN])}; mend the source, or "
            "pass them as absent where the bank has none"
        )
    _refuse_false_lot(data)
    return data


def _refuse_false_lot(data: EffectSet) -> None:
    chance = data.probability
    if not ((chance > 0) & (chance < 1)).all():
        raise NotRandomised(
            "the probability of a contact drawn by lot must lie between 0 and 1, neither included; "
            "without it nobody comparable was left alone: correct `contacts.probability`"
        )
    if data.treated.all() or not data.treated.any():
        raise NotRandomised(
            f"all {len(data.y)} randomised contacts were {'made' if data.treated.all() else 'left'}"
            "; the lot needs both: keep those it left alone in `contacts`, as cancelled"
        )
    surplus = (data.treated - chance).sum() / np.sqrt((chance * (1 - chance)).sum())
    if abs(surplus) > _STRANGE:
        raise NotRandomised(
            f"{int(data.treated.sum())} contacts were made where the lot's probabilities expect "
            f"{chance.sum():.0f}: contacts were lost or added after the lot; mend `contacts`"
        )
    unlike = [
        name
        for name, column in zip(data.features, data.matrix.T, strict=True)
        if abs(_imbalance(data, column)) > _STRANGE
    ]
    if unlike:
        raise NotRandomised(
            f"those contacted differ in {', '.join(unlike[:_SHOWN])} from those left alone by more "
            "than a lot brings about; look at how the lot was drawn, and whether a feature looks "
            "ahead"
        )


def _imbalance(data: EffectSet, column: Floats) -> float:
    """How many standard errors the contacted are away from the left alone, by ranks."""
    rank = np.unique(column, return_inverse=True)[1].astype(np.float64)
    rank -= rank.mean()
    pull = data.treated - data.probability
    noise = np.sqrt(np.sum(rank**2 * data.probability * (1 - data.probability)))
    return float(rank @ pull / noise) if noise else 0.0
