"""Pictures of figures with their intervals, as SVG that stands in a page and loads nothing.

Every figure that is drawn stands in one of the report's tables too. What is `ours` stands out;
what is `faint` is there to compare with.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from goodcall.language import Language, Text
from outreach.replay import Gain
from reports.said import Kind, figure

_OURS, _OTHER, _FAINT, _LINE = "#1f5f8b", "#444444", "#9a9a9a", "#d9d9d9"
# Less than something and more than it, for those too who do not tell red from green.
_LESS, _MORE = (178, 88, 6), (31, 95, 139)
_WIDTH, _ROW, _NAMED, _SAID = 420, 22, 118, 92
_TALL, _EDGE, _APART = 300, 44, 13
_CELL_WIDTH, _CELL_HEIGHT = 84, 34
_ROOM = 0.06
_DARK = 0.55
_FRAME = ' stroke="#222222" stroke-width="2.5"'
_BROKEN = _FRAME + ' stroke-dasharray="5 3"'

Told = Gain | float
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    """One row of a picture of dots."""

    name: Text
    told: Told
    ours: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """A dot a row with its interval, against zero."""

    title: Text
    dots: Sequence[Dot]
    kind: Kind

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.dots)

    def svg(self, currency: str, language: Language) -> str:
        """The picture."""
        ends = [end for dot in self.dots for end in _ends(dot.told)]
        scale = _Scale.of((0.0, *ends), _NAMED, _WIDTH - _SAID)
        parts = [_line((scale(0), 0), (scale(0), len(self.dots) * _ROW), _LINE)]
        for place, dot in enumerate(self.dots):
            y, colour = place * _ROW + _ROW / 2, _colour(dot)
            low, high = (scale(end) for end in _ends(dot.told))
            said = figure(_value(dot.told), self.kind, currency, language)
            name = dot.name.to(language)
            parts += [
                _text(0, y + 4, name, colour, bold=dot.ours),
                _line((low, y), (high, y), colour, 1.6),
                _circle(scale(_value(dot.told)), y, colour, f"{name}: {said}"),
                _text(_WIDTH, y + 4, said, colour, anchor="end"),
            ]
        return _svg(_WIDTH, max(len(self.dots), 1) * _ROW, parts, self.title.to(language))


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is told in two figures."""

    name: Text
    across: Told
    up: Told
    ours: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Scatter:
    """Two shares against each other, a cross of intervals each, named at the right."""

    title: Text
    points: Sequence[Point]
    across: Text
    up: Text

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.points)

    def svg(self, _currency: str, language: Language) -> str:
        """The picture."""
        wide = [end for point in self.points for end in _ends(point.across)]
        tall = [end for point in self.points for end in _ends(point.up)]
        right, bottom = _WIDTH - _NAMED, _TALL - _EDGE
        x, y = _Scale.of((0.0, *wide), _EDGE, right - 12), _Scale.of((0.0, *tall), bottom, 8)
        parts = [
            _line((x(0), 8), (x(0), bottom), _LINE),
            _line((_EDGE, y(0)), (right - 12, y(0)), _LINE),
            *_axis(x, y),
            _text(
                (_EDGE + right) / 2, _TALL - 6, self.across.to(language), _OTHER, anchor="middle"
            ),
            _upward(14, bottom / 2, self.up.to(language)),
        ]
        order = sorted(self.points, key=lambda point: y(_value(point.up)))
        heights = _spread([y(_value(point.up)) for point in order], bottom)
        for point, beside in zip(order, heights, strict=True):
            parts += _crossed(point, x, y, (right, beside), language)
        return _svg(_WIDTH, _TALL, parts, self.title.to(language))


@dataclass(frozen=True, slots=True)
class Heat:
    """A grid of shares, coloured around zero.

    `marked` cells have a frame, `unsure` ones a broken frame.
    """

    title: Text
    rows: Sequence[Text]
    columns: Sequence[Text]
    cells: Sequence[Sequence[float | None]]
    marked: Sequence[Sequence[bool]]
    unsure: Sequence[Sequence[bool]] = ()

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw."""
        return any(cell is not None for row in self.cells for cell in row)

    def svg(self, _currency: str, language: Language) -> str:
        """The picture."""
        told = [abs(cell) for row in self.cells for cell in row if cell is not None]
        most = max(told, default=0.0) or 1.0
        parts = [
            _text(
                _NAMED + (place + 0.5) * _CELL_WIDTH, 14, name.to(language), _OTHER, anchor="middle"
            )
            for place, name in enumerate(self.columns)
        ]
        for down, (name, row) in enumerate(zip(self.rows, self.cells, strict=True)):
            top = 22 + down * _CELL_HEIGHT
            parts.append(_text(0, top + 21, name.to(language), _OTHER))
            for place, cell in enumerate(row):
                left = _NAMED + place * _CELL_WIDTH
                said = "–" if cell is None else _share(cell)
                frame = self._frame(down, place)
                parts.append(_cell(left, top, said, _shade(cell, most), frame))
        width = _NAMED + len(self.columns) * _CELL_WIDTH + 2
        return _svg(width, 24 + len(self.rows) * _CELL_HEIGHT, parts, self.title.to(language))

    def _frame(self, down: int, place: int) -> str:
        if self.marked[down][place]:
            return _FRAME
        return _BROKEN if self.unsure and self.unsure[down][place] else ""


Panel = Dots | Scatter | Heat


@dataclass(frozen=True, slots=True)
class Picture:
    """Panels side by side under one title."""

    title: Text
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a figure lies between two edges of a picture."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, figures: Iterable[float], start: float, end: float) -> "_Scale":
        """A scale on which all figures have room."""
        told = [*figures]
        low, high = min(told), max(told)
        room = _ROOM * (high - low) or 1.0
        return cls(low - room, high + room, start, end)

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _crossed(point: Point, x: _Scale, y: _Scale, beside: Place, language: Language) -> list[str]:
    """A point, its two intervals, and its name, to which a thin line leads."""
    at, height, colour = x(_value(point.across)), y(_value(point.up)), _colour(point)
    (left, right), (low, high) = _ends(point.across), _ends(point.up)
    name = point.name.to(language)
    across, up = (_share(_value(each)) for each in (point.across, point.up))
    return [
        _line((at, height), (beside[0] - 3, beside[1]), _LINE, 0.7),
        _line((x(left), height), (x(right), height), colour),
        _line((at, y(low)), (at, y(high)), colour),
        _circle(at, height, colour, f"{name}: {across}, {up}"),
        _text(beside[0], beside[1] + 4, name, colour, bold=point.ours),
    ]


def _axis(x: _Scale, y: _Scale) -> Iterator[str]:
    """The least and the greatest that either axis shows."""
    for value, anchor in ((x.low, "start"), (x.high, "end")):
        yield _text(x(value), _TALL - _EDGE + 15, _share(value), _FAINT, anchor=anchor)
    for value in (y.low, y.high):
        yield _text(_EDGE - 3, y(value) + 4, _share(value), _FAINT, anchor="end")


def _spread(heights: Sequence[float], bottom: float) -> list[float]:
    """Rising heights moved apart until names fit, as little as may be, none below the bottom."""
    moved = [*heights]
    for before, now in pairwise(range(len(moved))):
        moved[now] = max(moved[now], moved[before] + _APART)
    limit = bottom
    for place in reversed(range(len(moved))):
        moved[place] = min(moved[place], limit)
        limit = moved[place] - _APART
    return moved


def _share(value: float) -> str:
    return f"{value:.1%}"


def _value(told: Told) -> float:
    return told.value if isinstance(told, Gain) else told


def _ends(told: Told) -> tuple[float, float]:
    return (told.low, told.high) if isinstance(told, Gain) else (told, told)


def _colour(drawn: Dot | Point) -> str:
    return _OURS if drawn.ours else _FAINT if drawn.faint else _OTHER


def _shade(cell: float | None, most: float) -> tuple[str, bool]:
    """A cell's colour, and whether it is dark."""
    if cell is None:
        return "#ffffff", False
    depth = abs(cell) / most
    towards = _MORE if cell > 0 else _LESS
    mixed = (round(255 + (end - 255) * depth) for end in towards)
    return f"rgb({','.join(map(str, mixed))})", depth > _DARK


def _cell(left: float, top: float, said: str, shade: tuple[str, bool], frame: str) -> str:
    colour, dark = shade
    box = (
        f'<rect x="{left + 2}" y="{top + 2}" width="{_CELL_WIDTH - 4}" '
        f'height="{_CELL_HEIGHT - 4}" fill="{colour}"{frame}/>'
    )
    ink = "#ffffff" if dark else "#222222"
    return box + _text(left + _CELL_WIDTH / 2, top + 21, said, ink, anchor="middle")


def _svg(width: float, height: float, parts: Iterable[str], label: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}" '
        f'font-size="12">{"".join(parts)}</svg>'
    )


def _line(start: Place, end: Place, colour: str, width: float = 1.0) -> str:
    (x1, y1), (x2, y2) = start, end
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"/>'


def _circle(x: float, y: float, colour: str, said: str) -> str:
    spot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}">'
    return f"{spot}<title>{escape(said)}</title></circle>"


def _text(
    x: float, y: float, said: str, colour: str, *, anchor: str = "start", bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"{weight}>'
        f"{escape(said)}</text>"
    )


def _upward(x: float, y: float, said: str) -> str:
    """Words along the axis that goes up."""
    turned = f'transform="rotate(-90 {x:g} {y:g})"'
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{_OTHER}" text-anchor="middle" {turned}>'
        f"{escape(said)}</text>"
    )
