"""What moves a model's scores, over all customers, as pictures: which concepts, and which way.

The shap package draws them, from contributions that any kind of model gives. Only what draws
imports this file, since shap and Matplotlib take a while to load.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
import shap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from features.concepts import CONCEPTS
from goodcall.language import Language, Text
from goodcall.ports import Phrasebook
from models.explain import concept_sums
from training.reporting.figures import inline_svg

_SHOWN = 12
_LARGE = 5_000
_COLOUR = "#1f5f8b"
_WIDTH, _HEIGHT = 7.0, 0.36
_MEAN = Text("mean move of the score, either way", "对得分的平均影响幅度")
_MOVE = Text("move of the score", "对得分的影响")
_VALUE = Text("value of the concept's strongest feature", "该概念最强特征的取值")
_LOW, _HIGH = Text("low", "低"), Text("high", "高")


def importance_figures(
    contributions: NDArray[np.float64],
    matrix: NDArray[np.float64],
    features: Sequence[str],
    phrasebook: Phrasebook,
    language: Language,
) -> dict[str, str]:
    """Figures as inline SVG: `concepts`, how far each moves scores; `customers`, which way.

    `contributions` and `matrix` are [rows, features] of a sample of customers, at most 5,000 of
    whom are drawn. Colours in `customers` go by the value of the feature that moves the concept
    most; missing ones are grey. Equal input gives equal bytes.
    """
    contributions, matrix = contributions[:_LARGE], matrix[:_LARGE]
    concepts, sums = concept_sums(contributions, features, phrasebook)
    told = shap.Explanation(
        values=sums,
        base_values=np.zeros(len(sums)),
        data=_strongest(concepts, contributions, matrix, features, phrasebook),
        feature_names=[_name(concept, language) for concept in concepts],
    )
    shown = min(_SHOWN, len(concepts))
    return {
        "concepts": _bars(told, shown, language),
        "customers": _swarm(told, shown, language),
    }


def _name(concept: str, language: Language) -> str:
    return CONCEPTS[concept].to(language) if concept in CONCEPTS else concept


def _strongest(
    concepts: Sequence[str],
    contributions: NDArray[np.float64],
    matrix: NDArray[np.float64],
    features: Sequence[str],
    phrasebook: Phrasebook,
) -> NDArray[np.float64]:
    """The values of each concept's feature that moves scores most: [rows, concepts]."""
    strength = np.abs(contributions).mean(axis=0)
    mine = np.array([phrasebook.concept_of(feature) for feature in features])
    best = [int(np.where(mine == concept, strength, -1.0).argmax()) for concept in concepts]
    return matrix[:, best]


def _bars(told: shap.Explanation, shown: int, language: Language) -> str:
    figure, axes = _frame(shown)
    means = np.abs(told.values).mean(axis=0)
    best = np.argsort(-means, kind="stable")[:shown]
    names = [told.feature_names[number] for number in best]
    shap.plots.bar(
        shap.Explanation(values=means[best], feature_names=names),
        max_display=shown,
        ax=axes,
        show=False,
    )
    for bar in axes.patches:
        bar.set_facecolor(_COLOUR)
    for text in axes.texts:
        text.set(color=_COLOUR, fontsize=9.5)
    return _finished(figure, "importance", _MEAN.to(language))


def _swarm(told: shap.Explanation, shown: int, language: Language) -> str:
    figure, axes = _frame(shown)
    with _same_each_time():
        shap.plots.beeswarm(
            told,
            max_display=shown,
            ax=axes,
            show=False,
            plot_size=None,
            color_bar=False,
            group_remaining_features=False,
            s=7,
        )
    scale = mpl.cm.ScalarMappable(cmap=shap.plots.colors.red_blue)
    bar = figure.colorbar(scale, ax=axes, ticks=[0, 1], aspect=60)
    bar.set_ticklabels([_LOW.to(language), _HIGH.to(language)])
    bar.set_label(_VALUE.to(language), size=9)
    bar.outline.set_visible(False)
    return _finished(figure, "customers", _MOVE.to(language))


def _frame(shown: int) -> tuple[Figure, mpl.axes.Axes]:
    figure = Figure(figsize=(_WIDTH, 0.9 + _HEIGHT * shown), layout="constrained")
    return figure, figure.subplots()


def _finished(figure: Figure, name: str, said: str) -> str:
    axes = figure.axes[0]
    axes.set_xlabel(said, fontsize=10)
    axes.tick_params(axis="both", labelsize=10)
    return inline_svg(figure, name)


@contextmanager
def _same_each_time() -> Iterator[None]:
    """Let shap scatter its points by numpy's global state from one seed, and leave that as it was.

    It takes no generator of ours.
    """
    before = np.random.get_state()  # noqa: NPY002 - shap draws from the global state
    np.random.seed(0)  # noqa: NPY002 - as above
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002 - as above
