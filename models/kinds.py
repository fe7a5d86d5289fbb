"""Every kind of learned model that a folder may hold, by the name that stands in its card."""

from collections.abc import Callable, Mapping

from models.base_rate import read_base_rate
from models.blend import read_blend
from models.card import Card
from models.effect import read_effect
from models.errors import BrokenModel
from models.hazard import read_hazard
from models.potential import read_growth
from models.propensity import read_ranker
from models.scorer import Scorer

KINDS: dict[str, Callable[[Card, Mapping[str, bytes]], Scorer]] = {
    "base_rate": read_base_rate,
    "blend": read_blend,
    "effect": read_effect,
    "growth": read_growth,
    "hazard": read_hazard,
    "ranker": read_ranker,
}


def read_scorer(card: Card, files: Mapping[str, bytes]) -> Scorer:
    """The scorer that a card speaks of, from its files; BrokenModel when they do not read."""
    if card.kind not in KINDS:
        raise BrokenModel(
            f"model {card.label!r} is of kind {card.kind!r}; known: {', '.join(sorted(KINDS))}; "
            "load it with the release that trained it, or train again"
        )
    return KINDS[card.kind](card, files)
