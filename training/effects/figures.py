"""What a bank's own contacts and lot say of the figures that its contact policy assumes.

A contact that reaches nobody changes nothing. So what a contact changes is how often its channel
reaches, which every contact tells, times what it changes of those it reaches. That is much the same
for a talk by phone and one at the branch, and is learned for both together from what is assumed and
from what the lot shows; a message is another matter. Figures that the data cannot tell stay near
what was assumed.

Reach as the share of a lot that complied, and effects as those on who complied: Angrist, Imbens and
Rubin 1996. Effects drawn towards a common one: Gelman and others, Bayesian Data Analysis, ch. 5.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import expit, logit
from scipy.stats import beta

from features.bank import Bank
from features.embedded import embedded
from goodcall.calendar import start_of_day
from goodcall.vocabulary import REFUSALS, ContactFigure
from models.card import Estimate
from training.definitions.definition import ChurnLabel
from training.effects.contacts import QUARTER, bought_after, left_after, lot_of
from training.errors import NotRandomised

HARMS: Mapping[ContactFigure, tuple[str, ...]] = {
    "opt_out_probability": REFUSALS,
    "complaint_probability": ("COMPLAINT",),
}

# What is assumed is right within a factor of two, two times in three.
_GUESS_SPREAD = float(np.log(2))
# How much the effects of talks differ from one another once they reach; those of messages likewise.
_ALIKE_SPREAD = 0.25
# A probability that is assumed counts as so many times that it happened.
_HARM_SEEN = 2.0
_TALKS = ("phone", "branch", "visit")
_SURE = 0.95
_HALF = 0.5
_DRAWS, _TAILS = 4000, 5
_LEAVING = ChurnLabel(gap_days=60, horizon_days=90)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """The contacts made by a channel, how many reached the customer, and what else was heard."""

    made: int
    reached: int
    heard: Mapping[ContactFigure, int]

    @property
    def reach(self) -> float:
        """The share that reaches, in (0, 1); one success and one failure beforehand."""
        return (self.reached + 1) / (self.made + 2)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a lot shows of a channel: how many times likelier an outcome is of those drawn.

    `log_ratio` is the logarithm of that, `error` its standard error.
    """

    made: int
    left: int
    log_ratio: float
    error: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the policy: what was assumed, what is measured, and from how much.

    `made` and `reached` count the channel's contacts, `drawn` the rows of the lot (0 without one).
    """

    kind: ContactFigure
    channel: str
    guess: float
    measured: Estimate
    made: int
    reached: int
    drawn: int


def figures_of(
    bank: Bank, guesses: Mapping[ContactFigure, Mapping[str, float]]
) -> tuple[Figure, ...]:
    """The figures that can be measured of those assumed, by kind and channel.

    `guesses` are by kind and channel. Left out are channels by which nobody was contacted yet, and
    effects that are assumed to be none.
    """
    seen = seen_of(bank)
    bought, left = _trials(bank)
    found: list[Figure] = []
    found += _effects("lift_ratio", guesses.get("lift_ratio", {}), seen, bought)
    found += _effects("save_rate", guesses.get("save_rate", {}), seen, left)
    for kind in HARMS:
        for channel, guess in guesses.get(kind, {}).items():
            if channel in seen and 0 < guess < 1:
                told = seen[channel]
                measured = harm(guess, told.heard[kind], told.made)
                found.append(Figure(kind, channel, guess, measured, told.made, told.reached, 0))
    return tuple(found)


def seen_of(bank: Bank) -> Mapping[str, Seen]:
    """What came of the contacts that the bank made, by channel, as known when its tables end."""
    ends = start_of_day(bank.manifest.last_day + timedelta(days=1), bank.manifest.zone)
    with closing(embedded()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("contacts", bank.read("contacts"))
        rows = connection.sql(_SEEN, params={"ends": ends}).to_arrow_table().to_pylist()
    outcomes: dict[str, list[tuple[str, str | None, int]]] = {}
    for row in rows:
        outcomes.setdefault(row["channel"], []).append((row["state"], row["outcome"], row["n"]))
    return {
        channel: Seen(
            made=sum(count for _, _, count in told),
            reached=sum(count for state, _, count in told if state in _REACHED),
            heard={
                kind: sum(count for _, outcome, count in told if outcome in words)
                for kind, words in HARMS.items()
            },
        )
        for channel, told in sorted(outcomes.items())
    }


def harm(guess: float, happened: int, made: int) -> Estimate:
    """A probability in (0, 1) that was assumed, after it happened so often in so many contacts."""
    more, less = _HARM_SEEN + happened, _HARM_SEEN * (1 - guess) / guess + made - happened
    low, high = beta.ppf([0.025, 0.975], more, less).tolist()
    return Estimate(more / (more + less), low, high)


def effects(
    guess: Mapping[str, float],
    reach: Mapping[str, float],
    trials: Mapping[str, Trial],
    *,
    lowers: bool,
) -> Mapping[str, Estimate]:
    """By what share a contact by each channel raises a chance, or `lowers` it.

    `guess` (above 0) is what is assumed of that, `reach` how often a contact reaches. The estimate
    is the mean of what is credible, its interval the middle 95 % of that. Of those reached a share
    that lowers stays below 1.
    """
    channels = sorted(guess)
    reached = np.array([reach[each] for each in channels])
    assumed = np.array([guess[each] for each in channels]) / reached
    told, untold, change = _LOWERS if lowers else _RAISES
    # What is assumed is a mean, and that of a skewed belief lies above its middle.
    centre = untold(assumed) - _GUESS_SPREAD**2 / 2
    talks = np.array([each in _TALKS for each in channels])
    tried = [place for place, each in enumerate(channels) if each in trials]
    log_ratio = np.array([trials[channels[place]].log_ratio for place in tried])
    error = np.array([trials[channels[place]].error for place in tried])

    def off(at: Floats) -> Floats:
        common = np.empty_like(at)
        for group in (talks, ~talks):
            common[..., group] = at[..., group].sum(-1, keepdims=True) / max(1, group.sum())
        shown = change(reached[tried] * told(at[..., tried]))
        return np.concatenate(
            [
                (at - centre) / _GUESS_SPREAD,
                (at - common) / _ALIKE_SPREAD,
                (shown - log_ratio) / error,
            ],
            axis=-1,
        )

    drawn, weight = _posterior(off, centre)
    shares = reached * told(drawn)
    return {channel: _weighed(shares[:, place], weight) for place, channel in enumerate(channels)}


def _posterior(off: Callable[[Floats], Floats], begin: Floats) -> tuple[Floats, Floats]:
    """Draws of parameters whose log density is minus half the squares of `off`, and their weights.

    They are drawn about the likeliest ones, by the curvature there and with heavier tails, and
    weighed by the density (importance sampling). Equal arguments give equal draws.
    """
    solved = least_squares(off, begin)
    spread = np.linalg.cholesky(np.linalg.inv(solved.jac.T @ solved.jac))
    rng = np.random.default_rng(0)
    normal = rng.standard_normal((_DRAWS, len(begin)))
    normal /= np.sqrt(rng.chisquare(_TAILS, (_DRAWS, 1)) / _TAILS)
    drawn = solved.x + normal @ spread.T
    proposed = -(_TAILS + len(begin)) / 2 * np.log1p((normal**2).sum(axis=1) / _TAILS)
    log_weight = -(off(drawn) ** 2).sum(axis=1) / 2 - proposed
    weight = np.exp(log_weight - log_weight.max())
    return drawn, weight / weight.sum()


def _weighed(values: Floats, weight: Floats) -> Estimate:
    """The mean of weighed draws, by which money is reckoned, and the middle 95 % of them."""
    order = np.argsort(values)
    until = np.cumsum(weight[order])
    low, high = values[order][np.searchsorted(until, [0.025, 0.975])].tolist()
    return Estimate(float(weight @ values), low, high)


def trial_of(rows: pa.Table) -> Trial:
    """What the rows of a lot show: treated, probability, y and customer_id, a row a draw.

    Rows are weighed by the inverse of their chance of what was drawn. A customer's rows count as
    one in the error; half an outcome more on each side keeps a ratio finite (Haldane 1956).
    """
    treated = rows["treated"].to_numpy(zero_copy_only=False)
    chance, y = rows["probability"].to_numpy(), rows["y"].to_numpy().astype(np.float64)
    _, customer = np.unique(rows["customer_id"].to_numpy(), return_inverse=True)
    logs, spread = [], 0.0
    own = np.zeros(len(y))
    for side, odds, sign in ((treated, chance, 1.0), (~treated, 1 - chance, -1.0)):
        count = int(side.sum())
        weight = np.where(side, 1 / odds, 0.0)
        weight *= count / weight.sum()
        hits = float(weight @ y) + _HALF
        rate = hits / (count + _HALF)
        logs.append(np.log(rate))
        spread += 1 / hits - 1 / (count + _HALF)
        own += sign * weight * (y - rate) / hits
    by_customer = float((np.bincount(customer, own) ** 2).sum())
    error = float(np.sqrt(max(spread, by_customer)))
    made = int(treated.sum())
    return Trial(made, len(y) - made, float(logs[0] - logs[1]), error)


def _effects(
    kind: ContactFigure,
    guess: Mapping[str, float],
    seen: Mapping[str, Seen],
    trials: Mapping[str, Trial],
) -> list[Figure]:
    """A kind's figures: a ratio is one more than what a contact adds, a rate what it takes."""
    lowers = kind == "save_rate"
    one = 0.0 if lowers else 1.0
    adds = {
        channel: amount - one
        for channel, amount in guess.items()
        if channel in seen and amount > one
    }
    if not adds:
        return []
    reach = {channel: seen[channel].reach for channel in adds}
    measured = effects(adds, reach, trials, lowers=lowers)
    return [
        Figure(
            kind,
            channel,
            guess[channel],
            Estimate(*(one + each for each in (found.value, found.low, found.high))),
            seen[channel].made,
            seen[channel].reached,
            trials[channel].made + trials[channel].left if channel in trials else 0,
        )
        for channel, found in measured.items()
    ]


def _trials(bank: Bank) -> tuple[Mapping[str, Trial], Mapping[str, Trial]]:
    """What the lot shows by channel: of offers on purchases, and of care calls on leaving."""
    try:
        lot = lot_of(bank)
    except NotRandomised:
        return {}, {}
    sold, _ = bought_after(bank, lot, QUARTER)
    cared, _ = left_after(bank, lot.filter(pc.equal(lot["purpose"], "retention")), _LEAVING)
    return _by_channel(sold), _by_channel([cared])


def _by_channel(parts: Sequence[pa.Table]) -> Mapping[str, Trial]:
    """The trial of each channel for which the lot drew contacts to be made and to be left."""
    if not parts:
        return {}
    rows = pa.concat_tables(parts)
    found = {}
    for channel in sorted(set(rows["channel"].to_pylist())):
        own = rows.filter(pc.equal(rows["channel"], channel))
        if len(pc.unique(own["treated"])) > 1:
            found[channel] = trial_of(own)
    return found


# From a parameter to the share by which those reached change, back, and to the log of the ratio.
_Link = tuple[Callable[[Floats], Floats], Callable[[Floats], Floats], Callable[[Floats], Floats]]
_RAISES: _Link = (np.exp, np.log, np.log1p)
_LOWERS: _Link = (
    expit,
    lambda share: np.asarray(logit(np.minimum(share, _SURE))),
    lambda share: np.log1p(-share),
)
_REACHED = ("delivered", "connected")
_SEEN = """
WITH latest AS (
    SELECT max_by(contacts, known_at) AS c FROM contacts WHERE known_at < $ends GROUP BY contact_id
)
SELECT c.channel AS channel, c.state AS state, c.outcome AS outcome, count(*) AS n
FROM latest
WHERE c.direction = 'outbound' AND c.state IN ('attempted', 'failed', 'delivered', 'connected')
GROUP BY ALL ORDER BY ALL
"""
