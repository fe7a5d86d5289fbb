"""A feature's drift as a picture: how its values were spread on each date, and how far that moved.

Only what draws imports this file, since Matplotlib takes a while to load.
"""

import io
import textwrap
import warnings
from collections.abc import Sequence
from datetime import date

import matplotlib as mpl
import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from features.describe import UNITS
from features.feature import Catalog, Feature
from goodcall.language import Language, Text
from models.matrix import keys_of, matrix_of
from training.monitoring.drift import CHANGED, STEADY, Parts, Verdict, drift, parts_of, verdict_of

_VALUES = "YlGnBu"
_MISSING = "#d9d9d9"
_COLOURS: dict[Verdict, str] = {"steady": "#8da9c4", "moving": "#e8a33d", "changed": "#c8402f"}
_INK, _FAINT = "#222222", "#707070"
_THOUSAND = 1000
_LEVEL_DATES = 12
_LINE = 88


def plot_drift(
    features: pa.Table, name: str, catalog: Catalog, *, language: Language = "en"
) -> Figure:
    """A feature's values on every date, parted as on the first, above its stability index.

    `features` is what `read_snapshot` returns. Where nothing drifts, the bands run level from the
    first date to the last; a band is as high as the share of customers whose values lie in it.
    """
    item = catalog.get(name)
    days, parts, shares = _shares(features, name)
    figure = Figure(figsize=(9, 6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.4])
    _draw_shares(upper, shares, _labels(parts, item.unit, language))
    unit = catalog.currency if item.unit == "money" else UNITS[item.unit].to(language)
    upper.legend(
        title=unit,
        reverse=True,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.02),
        frameon=False,
        alignment="left",
    )
    _draw_index(lower, drift(features, [name]))
    lower.set_xticks(range(len(days)), [_day(day, days) for day in days])
    lower.tick_params(axis="x", labelrotation=0 if len(days) <= _LEVEL_DATES else 45)
    _say(upper, lower, item, days[0], language)
    return figure


def svg_of(figure: Figure) -> bytes:
    """The figure as SVG whose words stay words, in whatever fonts the reader has.

    Equal figures give equal bytes.
    """
    out = io.BytesIO()
    with (
        mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "goodcall"}),
        warnings.catch_warnings(),
    ):
        # The reader's fonts show the words; ours, which only measure them, may lack Chinese.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _shares(features: pa.Table, name: str) -> tuple[Sequence[date], Parts, NDArray[np.float64]]:
    """The dates, the parts of the first one's values, and the share of each [date, part]."""
    _, as_of = keys_of(features)
    values = matrix_of(features, [name])[:, 0]
    days, which = np.unique(as_of, return_inverse=True)
    parts = parts_of(values[which == 0])
    counts = np.array([parts.counts(values[which == place]) for place in range(len(days))])
    return days.tolist(), parts, counts / counts.sum(axis=1, keepdims=True)


def _draw_shares(axes: Axes, shares: NDArray[np.float64], labels: Sequence[str]) -> None:
    """A column a date, from missing at the foot to the highest values; empty parts are left out."""
    used = [place for place in range(shares.shape[1]) if shares[:, place].any()]
    shades = mpl.colormaps[_VALUES](np.linspace(0.2, 0.95, max(1, len(used) - (0 in used))))
    colours = [_MISSING, *shades] if 0 in used else list(shades)
    foot = np.zeros(len(shares))
    for place, colour in zip(used, colours, strict=True):
        axes.bar(
            np.arange(len(shares)),
            shares[:, place],
            bottom=foot,
            width=0.94,
            color=colour,
            edgecolor="white",
            linewidth=0.4,
            label=labels[place],
        )
        foot += shares[:, place]
    axes.set_xlim(-0.6, len(shares) - 0.4)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.tick_params(axis="x", length=0)
    _quiet(axes)


def _draw_index(axes: Axes, drifts: pa.Table) -> None:
    """A bar for the index of each date but the first, with the bounds between which it moves."""
    index = drifts["psi"].to_numpy()
    colours = [_COLOURS[verdict_of(each)] for each in index]
    bars = axes.bar(np.arange(1, len(index) + 1), index, width=0.94, color=colours)
    for bar, each in zip(bars, index, strict=True):
        place = (bar.get_x() + bar.get_width() / 2, each)
        axes.annotate(
            f"{each:.2f}",
            place,
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=_INK,
            bbox={"boxstyle": "square,pad=0", "facecolor": "white", "edgecolor": "none"},
        )
    for bound in (STEADY, CHANGED):
        axes.axhline(bound, color=_FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    # The index grows with the square of what moved; on its root a small and a great one both show.
    axes.set_yscale("function", functions=(lambda y: np.sqrt(np.maximum(y, 0)), np.square))
    axes.set_ylim(0, max(1.3 * max(index, default=0), 1.5 * CHANGED))
    axes.set_yticks([0, STEADY, CHANGED], ["0", f"{STEADY:.2f}", f"{CHANGED:.2f}"])
    _quiet(axes)


def _say(upper: Axes, lower: Axes, item: Feature, first: date, language: Language) -> None:
    """The feature's meaning as the heading, and above each half what it shows."""
    spread = Text(
        f"share of customers by value, parted at the deciles of {first}",
        f"客户占比,按{first}的十分位划分",
    )
    index = Text(
        f"population stability index against {first}: below {STEADY:.2f} steady, "
        f"above {CHANGED:.2f} changed (square-root scale)",
        f"相对{first}的群体稳定性指标(PSI):低于{STEADY:.2f}稳定,高于{CHANGED:.2f}显著变化(平方根刻度)",
    )
    heading = textwrap.fill(item.meaning.to(language), _LINE)
    upper.set_title(heading, loc="left", color=_INK, fontsize=11.5, fontweight="bold", pad=24)
    for axes, words in (
        (upper, f"{item.name}: {spread.to(language)}"),
        (lower, index.to(language)),
    ):
        axes.annotate(
            words,
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 7),
            textcoords="offset points",
            color=_FAINT,
            fontsize=9.5,
        )


def _labels(parts: Parts, unit: str, language: Language) -> tuple[str, ...]:
    """A name for each part: missing, each by its upper edge, and what lies above the last."""
    edges = parts.edges
    names = [Text("missing", "缺失").to(language)]
    for place, edge in enumerate(edges):
        if place and edges[place - 1] == np.nextafter(edge, -np.inf):
            names.append(_number(edge, unit))
        elif place + 1 < len(edges) and edges[place + 1] == np.nextafter(edge, np.inf):
            names.append(f"< {_number(edges[place + 1], unit)}")
        else:
            names.append(f"≤ {_number(edge, unit)}")
    last = f"> {_number(edges[-1], unit)}" if edges else Text("known", "有值").to(language)
    return (*names, last)


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.3g} %"
    if unit == "change":
        return f"{100 * value:+.3g} %" if value else "0 %"
    shown = value / 100 if unit == "money" else value
    return f"{shown:,.0f}" if abs(shown) >= _THOUSAND else f"{shown:.3g}"


def _day(day: date, days: Sequence[date]) -> str:
    return f"{day:%Y-%m}" if all(each.day == 1 for each in days) else day.isoformat()


def _quiet(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=_FAINT, labelsize=8.5)
    axes.tick_params(axis="y", length=0)
