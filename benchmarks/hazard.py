"""What the model of when something happens reaches: on CDNOW's purchases, and on a simulated bank.

    python -m benchmarks.hazard cdnow FOLDER_OF_CDNOW PYTHON_WITH_LIFETIMES
    python -m benchmarks.hazard bank CUSTOMERS [FAMILY ...]

CDNOW: a purchase in the 91 days from 1998-03-31, learned from what had happened by then, beside
buy-till-you-die models of a kept library (see lifetimes_peer.py). Bank: leaving within 30, 90 and
180 days, and needs of the families named, beside trees that learn the main horizon directly.
"""

import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from banks import import_tables, simulate
from benchmarks.hazard_rhythm import WITH_RHYTHM
from features import CATALOG, Bank, as_of, cohort_at, monthly, open_bank
from models.boosted import Boosted
from models.booster import default_params, fit_booster, grow
from models.calibration import sigmoid
from training import absent_columns, auc_difference, evaluate
from training.dataset import TrainingSet
from training.definitions.definition import (
    EventDefinition,
    LeavingEvents,
    NeedEvents,
    PurchaseEvents,
)
from training.evaluation.evaluate import describe, log_loss_difference
from training.evaluation.survival import concordance
from training.hazards.hazard import first_tested
from training.hazards.learn import HazardLearned, learn_hazard
from training.hazards.rows import EventSet, event_set
from training.labels import events as events_of
from training.split import inner_folds

DAY = date(1998, 3, 31)
DATES, APART = 13, timedelta(weeks=4)
MAPPING = Path("banks/settings/cdnow-mapping.toml")
PEER = Path("benchmarks/lifetimes_peer.py")
MONTHS, EARLIEST = 24, timedelta(days=100)
SEED = 1
SHOWN = ("auc", "log_loss", "ece", "lift_10")

Floats = NDArray[np.float64]


def cdnow(source: Path, python: Path) -> None:
    """Print the figures of the purchases of 91 days, beside the peers' on the same rows."""
    definition = PurchaseEvents()
    with TemporaryDirectory() as folder:
        import_tables(str(source), Path(folder) / "bank", MAPPING)
        bank = open_bank(Path(folder) / "bank")
        cohort = cohort_at(bank, [DAY - number * APART for number in range(DATES)])
        table = as_of(bank, cohort, WITH_RHYTHM)
        found = events_of(bank, cohort, definition)
        absent = absent_columns(table, WITH_RHYTHM)
        events = event_set(table, WITH_RHYTHM, found, absent=absent)
        peers = _peers(bank, python, Path(folder), definition.horizon.count // 7)
    learned = _learned(events.until(DAY))
    tested = events.take(np.flatnonzero(events.data.as_of == np.datetime64(DAY)))
    data = tested.by(tested.main)
    ours = sigmoid(learned.hazard.raw(data.matrix)[:, 0])
    _show("ours", data, ours)
    for name in peers.column_names[1:]:
        theirs = dict(zip(peers["customer_id"].to_pylist(), peers[name].to_pylist(), strict=True))
        said = np.array([theirs[each] for each in data.customer_id.tolist()])
        _show(name, data, said)
        _compare(name, data, ours, said)


def bank(customers: int, families: list[str]) -> None:
    """Print the figures of leaving, and of each family's need, on a simulated bank."""
    with TemporaryDirectory() as folder:
        simulate(Path(folder) / "bank", customers=customers, months=MONTHS, seed=SEED)
        opened = open_bank(Path(folder) / "bank")
        first = (opened.manifest.first_day + EARLIEST).replace(day=1)
        table = as_of(opened, monthly(opened, first, opened.manifest.last_day), CATALOG)
        asked: list[EventDefinition] = [LeavingEvents(), *map(NeedEvents, families)]
        for definition in asked:
            print(f"{definition.name}: {definition.meaning.en}")
            cohort = table.select(["customer_id", "as_of"])
            found = events_of(opened, cohort, definition)
            absent = absent_columns(table, CATALOG)
            _measured(event_set(table, CATALOG, found, absent=absent))


def _measured(events: EventSet) -> None:
    first = first_tested(events)
    if first is None:
        print("  too few events to measure by date")
        return
    last = events.data.as_of[events.observed == events.periods].max()
    begins = events.data.as_of
    inside = (begins >= np.datetime64(first)) & (begins <= last)
    tested, early = events.take(np.flatnonzero(inside)), events.until(first)
    learned = _learned(early)
    for place, horizon in enumerate(events.horizons):
        data = tested.by(horizon)
        ours = sigmoid(learned.hazard.raw(data.matrix)[:, place])
        _show(f"{horizon * events.period_days} days", data, ours)
        if horizon == events.main:
            direct = _direct(early.by(horizon), data.matrix)
            _show("  learned directly", data, direct)
            _compare("direct", data, ours, direct)
    happened = tested.period > 0
    when = np.where(happened, tested.period, tested.observed).astype(np.int64)
    score = learned.hazard.curve(tested.data.matrix)[:, -1]
    rng = np.random.default_rng(SEED)
    index = concordance(when, happened, score, tested.data.customer_id, rng)
    print(f"  {describe({'c_index': index})}, {int(happened.sum())} events in {len(when)} rows")


def _learned(events: EventSet) -> HazardLearned:
    before, begun, processor = _peak(), time.perf_counter(), time.process_time()
    learned = learn_hazard(events, SEED)
    matrix = events.data.matrix.nbytes
    print(
        f"  {len(events.period)} rows, {learned.cells} cells, {learned.rounds} rounds, trees' "
        f"weight {learned.choices.weight}, calibrated {learned.hazard.calibration is not None}: "
        f"{time.perf_counter() - begun:.0f} s, {time.process_time() - processor:.0f} s of "
        f"processor; peak memory rose by {(_peak() - before) / matrix:.2f} x the matrix of "
        f"{matrix / 1e6:.0f} MB"
    )
    return learned


def _direct(early: TrainingSet, asked: Floats) -> Floats:
    """Probabilities by trees that learned the outcome of one horizon."""
    rng = np.random.default_rng(SEED)
    folds = inner_folds(early.customer_id, early.as_of, early.y, early.definition.horizon, rng)
    customers = len(np.unique(early.customer_id))
    positives = len(np.unique(early.customer_id[early.y == 1]))
    params = default_params(customers, positives, SEED, rows_each=len(early.y) / customers)
    rounds = grow(early.matrix, early.y, params, folds).rounds
    booster = fit_booster(early.matrix, early.y, early.features, params, rounds)
    return sigmoid(Boosted(booster).raw(asked)[:, 0])


def _peers(bank: Bank, python: Path, folder: Path, weeks: int) -> pa.Table:
    bought = bank.read("transactions").select(["customer_id", "happened_at"])
    local = pc.local_timestamp(pc.cast(bought["happened_at"], pa.timestamp("us", "UTC")))
    days = pc.cast(local, pa.date32())
    table = pa.table({"customer_id": bought["customer_id"], "day": days})
    given, out = folder / "purchases.parquet", folder / "peers.parquet"
    pq.write_table(table.filter(pc.less(days, pa.scalar(DAY))), given)
    subprocess.run(  # noqa: S603 - the reader's own Python
        [python, PEER, given, str(DAY), str(weeks), out], check=True
    )
    return pq.read_table(out)


def _show(name: str, data: TrainingSet, probability: Floats) -> None:
    rng = np.random.default_rng(SEED)
    found = evaluate(data.y, probability, data.customer_id, rng)
    print(f"  {name}: {describe({each: found[each] for each in SHOWN})}, {data.positives} events")


def _compare(name: str, data: TrainingSet, ours: Floats, theirs: Floats) -> None:
    drawn = (np.random.default_rng(SEED) for _ in range(2))
    auc = auc_difference(data.y, ours, theirs, data.customer_id, next(drawn))
    loss = log_loss_difference(data.y, ours, theirs, data.customer_id, next(drawn))
    print(f"  ours less {name}, paired: {describe({'auc': auc, 'log_loss': loss})}")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    if sys.argv[1] == "cdnow":
        cdnow(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        bank(int(sys.argv[2]), sys.argv[3:])
