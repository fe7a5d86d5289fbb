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
from models.card import Estimate
from training.evaluation.bootstrap import Floats, mean_estimate
from training.evaluation.explained import Explained, spread
from training.reporting.figures import inline_svg

_SHOWN = 12
_DOTS = 300
_COLOUR, _DARK = "#1f5f8b", "#222222"
_CENTS, _SEED = 100, 1
_WIDTH, _HEIGHT = 7.0, 0.36
_MEAN = Text("mean move of the score, either way", "对得分的平均影响幅度")
_MOVE = Text("move of the score", "对得分的影响")
_VALUE = Text("value of the concept's strongest feature", "该概念最强特征的取值")
_LOW, _HIGH = Text("low", "低"), Text("high", "高")


def importance_figures(
    told: Explained, language: Language, *, money: bool = False
) -> dict[str, str]:
    """Figures as inline SVG: `concepts`, how far each moves scores; `customers`, which way.

    Of `customers` at most 300 rows are drawn, evenly spread. Its colours go by the value of the
    feature that moves the concept most; missing ones are grey. Where a model tells cents, `money`
    shows them as whole units. Equal input gives equal bytes.
    """
    moves = told.moves / (_CENTS if money else 1)
    names = [_name(concept, language) for concept in told.concepts]
    dots = spread(np.arange(len(moves)), _DOTS)
    drawn = shap.Explanation(
        values=moves[dots],
        base_values=np.zeros(len(dots)),
        data=told.values[dots],
        feature_names=names,
    )
    shown = min(_SHOWN, len(names))
    return {
        "concepts": _bars(np.abs(moves), told.customer_id, names, language),
        "customers": _swarm(drawn, shown, language),
    }


def _name(concept: str, language: Language) -> str:
    return CONCEPTS[concept].to(language) if concept in CONCEPTS else concept


def _bars(
    sizes: Floats, customers: NDArray[np.int64], names: Sequence[str], language: Language
) -> str:
    shown = min(_SHOWN, len(names))
    figure, axes = _frame(shown)
    best = np.argsort(-sizes.mean(axis=0), kind="stable")[:shown]
    found = [mean_estimate(sizes[:, number], customers, _SEED) for number in best]
    means = np.array([each.value for each in found])
    shap.plots.bar(
        shap.Explanation(values=means, feature_names=[names[each] for each in best]),
        max_display=shown,
        ax=axes,
        show=False,
    )
    for bar in axes.patches:
        bar.set_facecolor(_COLOUR)
    _whiskers(axes, found)
    return _finished(figure, "importance", _MEAN.to(language))


def _whiskers(axes: mpl.axes.Axes, found: Sequence[Estimate]) -> None:
    """Each bar's interval, its figure set beyond the interval's end."""
    values, high = ([getattr(each, end) for each in found] for end in ("value", "high"))
    low = [each.low for each in found]
    places = [text.get_position()[1] for text in axes.texts]
    errors = np.maximum([np.subtract(values, low), np.subtract(high, values)], 0)
    axes.errorbar(values, places, xerr=errors, fmt="none", ecolor=_DARK, elinewidth=1.2)
    room = 0.015 * max(high)
    for text, end in zip(axes.texts, high, strict=True):
        text.set(color=_COLOUR, fontsize=9.5, x=end + room)
    axes.set_xlim(0, 1.14 * max(high))


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
    # A picture within the picture would be pixels; as paths it prints at any size.
    for part in bar.ax.collections:
        part.set_rasterized(False)
        part.set_edgecolor("face")
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
