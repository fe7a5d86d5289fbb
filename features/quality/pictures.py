"""Small pictures of a table's quality as inline SVG: rows a month, empty shares, shifts."""

from collections.abc import Collection, Mapping
from html import escape

from features.quality.shape import Shape, Shift
from goodcall.language import Language, Text

_WIDTH = 320
_HEIGHT = 72
_ROW = 18
_NAMED = 124


def months_picture(months: Mapping[str, int], odd: Collection[str], language: Language) -> str:
    """A bar for each month's rows; the months in `odd` stand out and are named below."""
    if not months:
        return ""
    most = max(months.values()) or 1
    step = _WIDTH / len(months)
    bars = []
    for place, (month, rows) in enumerate(months.items()):
        # A month without rows would show no bar; an odd one keeps a stump to be seen.
        height = max(_HEIGHT * rows / most, 3 if month in odd else 0)
        bars.append(
            f'<rect class="{"odd" if month in odd else "bar"}" x="{place * step:.2f}" '
            f'y="{_HEIGHT - height:.1f}" width="{max(step * 0.8, 0.5):.2f}" height="{height:.1f}">'
            f"<title>{escape(month)}: {rows:,}</title></rect>"
        )
    first, *_ = months
    label = Text("rows a month", "每月行数").to(language)
    return _figure(f"{label}, {first} – {list(months)[-1]}", _svg(_HEIGHT, "".join(bars), label))


def nulls_picture(shapes: Mapping[str, Shape], language: Language) -> str:
    """A bar for each column that is empty in some rows but not in all."""
    shares = {
        name: shape.null_share for name, shape in shapes.items() if 0 < shape.nulls < shape.rows
    }
    if not shares:
        return ""
    parts = []
    for place, (name, share) in enumerate(shares.items()):
        parts.append(_bar(place, name, share, "bar", f"{share * 100:.1f} %"))
    label = Text("share of empty values", "空值比例").to(language)
    return _figure(label, _svg(_ROW * len(shares), "".join(parts), label))


def shift_picture(column: str, shift: Shift, language: Language) -> str:
    """Two bars for each part of a column: its share at the last load and its share now."""
    most = max((*shift.before, *shift.now))
    parts = []
    for place, label in enumerate(shift.labels):
        before, now = shift.before[place], shift.now[place]
        parts.append(_bar(2 * place, label, before / most, "then", f"{before * 100:.1f} %"))
        parts.append(_bar(2 * place + 1, "", now / most, "bar", f"{now * 100:.1f} %"))
    said = Text(
        f"{column}: last load (grey) and now, PSI {shift.index:.3g}",
        f"{column}:上次(灰)与本次,PSI {shift.index:.3g}",
    ).to(language)
    return _figure(said, _svg(2 * _ROW * len(shift.labels), "".join(parts), said))


def _bar(place: int, name: str, share: float, kind: str, said: str) -> str:
    y = place * _ROW
    width = (_WIDTH - _NAMED - 52) * share
    return (
        f'<text x="0" y="{y + 13}">{escape(_short(name))}</text>'
        f'<rect class="{kind}" x="{_NAMED}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 6}"/>'
        f'<text x="{_NAMED + width + 4:.1f}" y="{y + 13}">{escape(said)}</text>'
    )


def _svg(height: int, inside: str, label: str) -> str:
    box = f"0 0 {_WIDTH} {height}"
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(label)}">{inside}</svg>'


def _figure(caption: str, picture: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{picture}</figure>"


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"  # noqa: PLR2004 - what the margin holds
