"""What is kept beside a registered model, so that it can be reported on and judged later.

The rows that a model was tested on, with the scores of models that had not learned from them, are
kept rather than figures alone: two versions can then be compared on the very same rows.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.card import Card, card_from_json, card_to_json
from training.errors import RegistryError
from training.evaluation.evaluate import Use
from training.evaluation.explained import Explained, explained_of, explained_table
from training.evaluation.profit import Campaign

CARD, FACTS, TESTED, GROUPS, EXPLAINED = (
    "card.json",
    "facts.json",
    "tested.parquet",
    "groups.parquet",
    "explained.parquet",
)
_KEYS = ("customer_id", "as_of", "label")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A model's card, its definition as text, and its tested rows.

    `tested` has customer_id, as_of, y and probability, a row a tested one (and label, where the
    model speaks for several); further columns are what rivals say, such as `baseline` and `rule`,
    null where one does not apply. A model in cents has cents, expected_cents and those of rivals.
    `unknown_from` is the first date whose outcomes the model cannot know anything of: a horizon
    after the last it learned from, or the day after the last of the bank's tables if that is
    earlier. `groups` stands row by row beside `tested`, where it is known.
    `explained` says what moved the scores of tested rows, None where nothing does or where an
    earlier release registered the model. `use` says how long the lists are.
    """

    card: Card
    definition: Mapping[str, str]
    tested: pa.Table
    unknown_from: date
    groups: pa.Table | None = None
    explained: Explained | None = None
    use: Use = field(default_factory=Use)


@dataclass(frozen=True, slots=True)
class Tested:
    """Tested rows as arrays; `groups` where they are known, `rivals` by their column's name."""

    customer_id: NDArray[np.int64]
    as_of: NDArray[np.datetime64]
    y: NDArray[np.int8]
    probability: NDArray[np.float64]
    rivals: Mapping[str, NDArray[np.float64]]
    groups: pa.Table | None


def main_label(card: Card) -> str | None:
    """The label by which a model is judged: its own name, or None for all of its labels at once."""
    if len(card.labels) == 1:
        return card.labels[0]
    return card.label if card.label in card.labels else None


def main_rows(evidence: Evidence) -> pa.Table:
    """The tested rows by which a model is judged, keyed by customer_id, as_of and label.

    A base rate gives everyone its share, whatever was tested before it was chosen.
    """
    tested = evidence.tested
    if "label" not in tested.column_names:
        name = main_label(evidence.card) or evidence.card.label
        tested = tested.append_column("label", pa.array([name] * tested.num_rows, pa.string()))
    if evidence.card.kind == "base_rate":
        place = tested.column_names.index("probability")
        share = pa.array(np.full(tested.num_rows, evidence.card.base_rate))
        tested = tested.set_column(place, "probability", share)
    chosen = _chosen(evidence)
    return tested if chosen is None else tested.filter(chosen)


def main_groups(evidence: Evidence) -> pa.Table | None:
    """The groups of `main_rows`, row by row; None where they are not known."""
    chosen = _chosen(evidence)
    if evidence.groups is None or chosen is None:
        return evidence.groups
    return evidence.groups.filter(chosen)


def measured(evidence: Evidence) -> Tested | None:
    """The rows by which a model is judged; None where there are none with outcomes of 0 and 1."""
    if evidence.card.unit != "probability":
        return None
    rows = main_rows(evidence)
    y = rows["y"].to_numpy()
    if not np.isin(y, (0, 1)).all() or len(np.unique(y)) < 2:  # noqa: PLR2004 - both outcomes
        return None
    known = {*_KEYS, "y", "probability"}
    return Tested(
        rows["customer_id"].to_numpy(),
        rows["as_of"].to_numpy().astype("datetime64[D]"),
        y.astype(np.int8),
        rows["probability"].to_numpy(),
        {
            name: rows[name].to_numpy()
            for name in rows.column_names
            if name not in known and not rows[name].null_count
        },
        main_groups(evidence),
    )


def write_evidence(evidence: Evidence, folder: Path) -> None:
    """Put evidence into a folder of plain files; equal evidence gives equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).write_text(card_to_json(evidence.card), encoding="utf-8")
    facts = {
        "definition": dict(evidence.definition),
        "unknown_from": str(evidence.unknown_from),
        "use": asdict(evidence.use),
    }
    (folder / FACTS).write_text(
        json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    pq.write_table(evidence.tested, folder / TESTED, compression="zstd")
    if evidence.groups is not None:
        pq.write_table(evidence.groups, folder / GROUPS, compression="zstd")
    if evidence.explained is not None:
        table = explained_table(evidence.explained)
        pq.write_table(table, folder / EXPLAINED, compression="zstd")


def read_evidence(folder: Path) -> Evidence:
    """The evidence in a folder; RegistryError when it does not read."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        campaign = facts["use"]["campaign"]
        groups, explained = folder / GROUPS, folder / EXPLAINED
        return Evidence(
            card_from_json((folder / CARD).read_text(encoding="utf-8")),
            facts["definition"],
            pq.read_table(folder / TESTED),
            date.fromisoformat(facts["unknown_from"]),
            pq.read_table(groups) if groups.exists() else None,
            explained_of(pq.read_table(explained)) if explained.exists() else None,
            Use(facts["use"]["capacity"], Campaign(**campaign) if campaign else None),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RegistryError(
            f"{folder} does not read as the evidence of a model: {error!r}; restore it, or train "
            "and register the model again"
        ) from error


def _chosen(evidence: Evidence) -> pa.Array | None:
    """Which tested rows are of the label by which the model is judged; None for all of them."""
    label = main_label(evidence.card)
    if label is None or "label" not in evidence.tested.column_names:
        return None
    return pc.equal(evidence.tested["label"], label)
