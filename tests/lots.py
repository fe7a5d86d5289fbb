"""Lots with known effects, for tests of what is learned from randomised contacts."""

from dataclasses import replace

import numpy as np

from models.calibration import sigmoid
from training.definitions.horizon import Horizon
from training.effects.lot import Arm, EffectSet

FEATURES = ("eager", "moved", "noise", "gappy")


def a_lot(rows=4_000, seed=0, *, strength=0.12, probability=0.5, arms=1, **facts):
    """An effect that differs with `moved`, while the chance if left alone goes by `eager`.

    Returns the set and the true effect of each row.
    """
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, len(FEATURES)))
    base = sigmoid(-1.5 + 0.6 * matrix[:, 0])
    effect = np.clip(0.06 + strength * np.tanh(matrix[:, 1]), -base, 1 - base)
    chance = np.broadcast_to(probability, rows).astype(np.float64)
    treated = rng.random(rows) < chance
    y = (rng.random(rows) < base + effect * treated).astype(np.int8)
    matrix[rng.random(rows) < 0.2, 3] = np.nan
    plain = EffectSet(
        outcome="buys",
        wanted=True,
        horizon=Horizon(90),
        features=FEATURES,
        fingerprint="0123456789ab",
        matrix=matrix,
        treated=treated,
        probability=chance,
        y=y,
        customer_id=np.arange(rows),
        as_of=np.full(rows, np.datetime64("2026-01-01")),
        arms=tuple(Arm("fund", channel) for channel in ("app", "phone", "sms")[:arms]),
        arm=rng.integers(0, arms, rows),
    )
    return replace(plain, **facts), effect


def a_plain_lot(rows=4_000, seed=0, **facts):
    """A contact that multiplies everybody's chance by 1.4: nobody is moved in a way of their own.

    Returns the set and the chance if left alone.
    """
    data, _ = a_lot(rows, seed, **facts)
    rng = np.random.default_rng(seed + 1_000)
    base = 0.6 * sigmoid(-1.0 + 1.2 * data.matrix[:, 0])
    y = (rng.random(rows) < base * np.where(data.treated, 1.4, 1.0)).astype(np.int8)
    return replace(data, y=y), base
