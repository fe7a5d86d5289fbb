"""The rows on which a challenger and the champion are compared: neither had learned from them.

Retrained monthly, the champion of last month has learned from nearly all that the challenger is
tested on. So each version keeps the scores of its tested rows by the model that had not yet
learned from them, and the two procedures are compared where both tested. On dates from a horizon
after the last that the champion learned from, or from the end of the tables that it knew, the
champion itself can be compared.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from goodcall.language import Text
from training.gates.evidence import Evidence, main_groups, main_rows

_KEYS = ["customer_id", "as_of", "label"]
_OWN = Text(
    "the champion's own scores, of dates whose outcomes it had seen nothing of",
    "冠军模型自身得分,所用日期的结果其训练时均未见过",
)
_PROCEDURES = Text(
    "scores of both on dates that each was tested on before it learned from them",
    "双方在各自学习之前测试过的共同日期上的得分",
)
_SHARE = Text("the champion gives everyone its base rate", "冠军模型对所有人给出基准概率")


@dataclass(frozen=True, slots=True)
class Paired:
    """Rows with the probabilities of both, and how they were come by.

    Outcomes are the challenger's, which are known later. `enough` says whether there are enough
    positives, and any negative, to compare.
    """

    customer_id: NDArray[np.int64]
    as_of: NDArray[np.datetime64]
    y: NDArray[np.int8]
    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]
    groups: pa.Table | None
    how: Text
    unknown_from: date
    enough: bool

    @property
    def columns(
        self,
    ) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Outcome, our and their probability, and customer, as differences are asked for."""
        return self.y, self.ours, self.theirs, self.customer_id

    @property
    def days(self) -> str:
        """The first and the last date."""
        days = np.unique(self.as_of)
        return f"{days[0]}" if len(days) == 1 else f"{days[0]} – {days[-1]}"


def paired(
    challenger: Evidence, champion: Evidence, scored: pa.Table | None, positives: int
) -> Paired:
    """The rows of the best comparison that has so many positives, else of the last one tried.

    First the champion's own scores where they are given, then what both tested.
    """
    ours = main_rows(challenger)
    if champion.card.kind == "base_rate":
        share = np.full(ours.num_rows, champion.card.base_rate)
        theirs = ours.select(_KEYS).append_column("probability", pa.array(share))
        return _joined(challenger, champion, theirs, _SHARE, positives)
    if scored is not None:
        new = scored.filter(
            pc.greater_equal(scored["as_of"], pa.scalar(champion.unknown_from, pa.date32()))
        )
        direct = _joined(challenger, champion, new, _OWN, positives)
        if direct.enough:
            return direct
    return _joined(challenger, champion, main_rows(champion), _PROCEDURES, positives)


def _joined(
    challenger: Evidence, champion: Evidence, theirs: pa.Table, how: Text, positives: int
) -> Paired:
    ours, groups = main_rows(challenger), main_groups(challenger)
    keys = [name for name in _KEYS if name in theirs.column_names]
    mine = ours.select([*_KEYS, "y", "probability"]).append_column(
        "place", pa.array(np.arange(ours.num_rows))
    )
    other = theirs.select([*keys, "probability"]).rename_columns([*keys, "theirs"])
    both = mine.join(other, keys, join_type="inner").sort_by("place")
    y = both["y"].to_numpy()
    binary = bool(np.isin(y, (0, 1)).all())
    told = int(y.sum()) if binary else 0
    return Paired(
        both["customer_id"].to_numpy(),
        both["as_of"].to_numpy().astype("datetime64[D]"),
        y.astype(np.int8) if binary else np.zeros(len(y), np.int8),
        both["probability"].to_numpy(),
        both["theirs"].to_numpy(),
        groups.take(both["place"]) if groups is not None else None,
        how,
        champion.unknown_from,
        enough=positives <= told < len(y),
    )
