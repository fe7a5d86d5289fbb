"""The figures of a model's report, as SVG that stands in the page and needs nothing else.

Only what draws imports this file, since Matplotlib takes a while to load.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from goodcall.language import Language, Text
from training.evaluation.bootstrap import Floats
from training.evaluation.calibration import Reliability
from training.evaluation.curves import Gain
from training.evaluation.tenths import Tenth
from training.monitoring.figures import svg_of
from training.reporting.words import contender_name

_INK, _FAINT, _BAND = "#222222", "#707070", "#d9d9d9"
_COLOURS = {"model": "#1f5f8b", "baseline": "#e08214", "rule": "#7b3294"}
_SPARE = "#4d9221"
_SIZE = (4.6, 3.4)
_ROOM, _WIDE = 1.15, 1.4
_CENTS = 100

Band = tuple[Floats, Floats]


def reliability_svg(told: Reliability, language: Language) -> str:
    """Observed against predicted rates, a point a bin with its interval; honest ones lie on the
    diagonal.
    """  # noqa: D205 - one sentence
    figure, axes = _frame()
    top = float(max(told.predicted.max(), told.high.max())) * _ROOM
    axes.plot([0, top], [0, top], color=_BAND, linewidth=1.5, zorder=1)
    errors = np.maximum([told.observed - told.low, told.high - told.observed], 0)
    axes.errorbar(
        told.predicted,
        told.observed,
        yerr=errors,
        fmt="o",
        markersize=4.5,
        color=_COLOURS["model"],
        ecolor=_COLOURS["model"],
        elinewidth=1,
    )
    _limits(axes, top, top)
    _say(axes, Text("predicted", "预测概率"), Text("observed", "实际比率"), language)
    return inline_svg(figure, "reliability")


def gain_svg(
    curves: Mapping[str, Gain], band: Band | None, language: Language, kind: str = ""
) -> str:
    """The share of positives caught against the share of rows contacted.

    `band` holds the ends of the model's share caught at each share contacted.
    """
    figure, axes = _frame()
    axes.plot([0, 1], [0, 1], color=_BAND, linewidth=1.5, zorder=1)
    if band is not None:
        _shade(axes, curves["model"].contacted, *band)
    for name, curve in curves.items():
        axes.plot(curve.contacted, curve.caught, **_style(name, language, kind))
    _limits(axes, 1, 1.01)
    _say(axes, Text("contacted", "联系比例"), Text("caught", "覆盖正样本"), language, legend=True)
    return inline_svg(figure, "gain")


def lift_svg(
    curves: Mapping[str, Gain], band: Band | None, language: Language, kind: str = ""
) -> str:
    """The rate among the contacted over the rate of all, against the share contacted."""
    figure, axes = _frame()
    axes.axhline(1, color=_BAND, linewidth=1.5, zorder=1)
    highest = [float(curve.lift.max()) for curve in curves.values()]
    if band is not None:
        shares = curves["model"].contacted[1:]
        low, high = (ends[1:] / shares for ends in band)
        _shade(axes, shares, low, high)
        highest.append(float(high.max()))
    for name, curve in curves.items():
        axes.plot(curve.contacted[1:], curve.lift, **_style(name, language, kind))
    _limits(axes, 1, max(highest) * _ROOM)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    _say(axes, Text("contacted", "联系比例"), Text("lift", "提升度"), language, legend=True)
    return inline_svg(figure, "lift")


def precision_svg(
    curves: Mapping[str, Gain], band: Band | None, language: Language, kind: str = ""
) -> str:
    """Precision against the share of positives caught; the band at each length of the list."""
    figure, axes = _frame()
    base = next(iter(curves.values())).precision[-1]
    highest = [float(curve.precision.max()) for curve in curves.values()]
    if band is not None:
        ours = curves["model"]
        low, high = (base * ends[1:] / ours.contacted[1:] for ends in band)
        _shade(axes, ours.caught[1:], low, high)
        highest.append(float(high.max()))
    for name, curve in curves.items():
        axes.plot(curve.caught[1:], curve.precision, **_style(name, language, kind))
    axes.axhline(base, color=_BAND, linewidth=1.5, zorder=1)
    _limits(axes, 1, min(1.0, max(highest) * _ROOM))
    _say(axes, Text("caught", "覆盖正样本"), Text("precision", "精确率"), language, legend=True)
    return inline_svg(figure, "precision")


def tenths_svg(told: Sequence[Tenth], language: Language) -> str:
    """What came against what was expected, a point a tenth with its interval, in money.

    The axes are straight up to the least tenth's expectation and logarithmic beyond.
    """
    figure, axes = _frame()
    expected = np.array([each.expected.value for each in told]) / _CENTS
    came, low, high = (
        np.array([getattr(each.came, end) for each in told]) / _CENTS
        for end in ("value", "low", "high")
    )
    near = max(1.0, float(expected.min()))
    top = float(max(expected.max(), high.max())) * _WIDE
    foot = min(0.0, float(low.min()) * _WIDE)
    axes.plot([foot, top], [foot, top], color=_BAND, linewidth=1.5, zorder=1)
    axes.errorbar(
        expected,
        came,
        yerr=np.maximum([came - low, high - came], 0),
        fmt="o",
        markersize=4.5,
        color=_COLOURS["model"],
        elinewidth=1,
    )
    for axis, set_scale in ((axes.xaxis, axes.set_xscale), (axes.yaxis, axes.set_yscale)):
        set_scale("symlog", linthresh=near)
        axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.set_major_locator(FixedLocator(_steps(foot, top, near)))
        axis.set_minor_locator(NullLocator())
    axes.set_xlim(foot, top)
    axes.set_ylim(foot, top)
    _say(axes, Text("expected", "预计"), Text("came", "实际"), language)
    return inline_svg(figure, "tenths")


def inline_svg(figure: Figure, prefix: str) -> str:
    """A figure as an SVG element whose names no other figure of the page has."""
    return inlined(svg_of(figure).decode(), prefix)


def inlined(svg: str, prefix: str) -> str:
    """The SVG element of an SVG file, without what fetches or names anything outside it.

    >>> inlined('<?xml version="1.0"?><svg width="9pt" id="a"><use xlink:href="#a"/></svg>', "p")
    '<svg id="p-a"><use xlink:href="#p-a"/></svg>'
    """
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    return re.sub(r'(url\(|href=")#', rf"\1#{prefix}-", text).strip()


def _frame() -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE, layout="constrained")
    return figure, figure.subplots()


def _steps(foot: float, top: float, near: float) -> list[float]:
    """Nothing, and the powers of ten beyond the straight part of an axis, either way."""
    powers = [10.0**power for power in range(1, 16) if near < 10.0**power]
    lower = [-step for step in reversed(powers) if -step >= foot]
    return [*lower, 0.0, *(step for step in powers if step <= top)]


def _shade(axes: Axes, across: Floats, low: Floats, high: Floats) -> None:
    """The model's interval."""
    axes.fill_between(across, low, high, color=_COLOURS["model"], alpha=0.16, linewidth=0)


def _style(name: str, language: Language, kind: str) -> dict[str, Any]:
    ours = name == "model"
    return {
        "color": _COLOURS.get(name, _SPARE),
        "linewidth": 2.0 if ours else 1.4,
        "linestyle": "-" if ours else (0, (5, 2)),
        "label": contender_name(name, kind).to(language),
    }


def _limits(axes: Axes, right: float, top: float) -> None:
    axes.set_xlim(0, right)
    axes.set_ylim(0, top)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")


def _say(axes: Axes, across: Text, up: Text, language: Language, *, legend: bool = False) -> None:
    axes.set_xlabel(across.to(language), color=_INK)
    axes.set_ylabel(up.to(language), color=_INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_FAINT, labelsize=9)
    if legend:
        axes.legend(frameon=False, fontsize=9)
