"""Models and customers: whose rows a model keeps, and which were learned from somebody's data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.champion import Champion, crown, read_champions
from models.held_out import HeldOut
from models.model import CARD, HELD_OUT, Model, load_model, save_model, sealed_model


@dataclass(frozen=True, slots=True)
class ModelsErasable:
    """Model folders, wherever they lie: the held-out scores of the rows that were learned from."""

    models: Path
    copies: Path
    place: str = "models"

    def known(self, customer_id: int) -> Sequence[Mapping[str, object]]:
        """The dates of the customer's rows of which a model keeps its own score."""
        return [
            {"table": str(folder.name), "as_of": str(day), "raw": model.held_out.raw[n].tolist()}
            for folder, model in self._holding(customer_id)
            if model.held_out is not None
            for n, day in _rows(model.held_out, customer_id)
        ]

    def erase(self, customer_id: int) -> int:
        """Save each model without the customer's rows, under the hash that it then has.

        A champion is named by that hash first: who is killed in between finds the customer in the
        model once more, and goes on.
        """
        done = 0
        for folder, model in self._holding(customer_id):
            if model.held_out is None:
                continue
            done += len(_rows(model.held_out, customer_id))
            anew = sealed_model(model.card, model.scorer, _without(model.held_out, customer_id))
            self._crown_again(folder, model, anew)
            save_model(anew, folder)
        return done

    def forget_scores(self, _customer_id: int) -> int:
        """Held-out scores are part of what was learned; an objection does not undo it."""
        return 0

    def learned_from(self, present: Mapping[str, bool]) -> tuple[Champion, ...]:
        """The champions that learned on a date on which the customer was, so retraining is due.

        `present` says of each as-of date whether the customer was among its rows; of a date that
        it does not name nobody can tell any more, and the model counts.
        """
        due = []
        for champion in read_champions(self.models).values():
            card = load_model(self.models / champion.folder).card
            dates = (*card.trained_as_of, *card.tested_as_of)
            if any(present.get(str(day), True) for day in dates):
                due.append(champion)
        return tuple(due)

    def _holding(self, customer_id: int) -> Iterator[tuple[Path, Model]]:
        for root in (self.models, self.copies):
            for file in sorted(root.rglob(HELD_OUT)):
                # A draft that somebody fills is no model yet.
                if (file.parent / CARD).exists() and not file.parent.name.startswith("."):
                    model = load_model(file.parent)
                    if model.held_out is not None and _rows(model.held_out, customer_id):
                        yield file.parent, model

    def _crown_again(self, folder: Path, before: Model, anew: Model) -> None:
        for champion in read_champions(self.models).values():
            if (self.models / champion.folder) == folder:
                if champion.content_hash != before.card.content_hash:
                    continue
                crown(self.models, replace(champion, content_hash=anew.card.content_hash))


def _rows(kept: HeldOut, customer_id: int) -> list[tuple[int, np.datetime64]]:
    return [(int(n), kept.as_of[n]) for n in np.flatnonzero(kept.customer_id == customer_id)]


def _without(kept: HeldOut, customer_id: int) -> HeldOut:
    stays = kept.customer_id != customer_id
    return HeldOut(
        kept.customer_id[stays], kept.as_of[stays], kept.raw[stays], kept.contributions[stays]
    )
