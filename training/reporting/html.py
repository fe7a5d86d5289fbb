"""What every section of a report is made of: words, numbers, tables and grids, as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import isnan

from goodcall.language import Language, Text
from models.card import Estimate

HUNDRED = 100
_TEN = 10
_SHARES = ("precision", "recall", "selection_rate", "tpr")


@dataclass(frozen=True, slots=True)
class Say:
    """Words in the page's language, escaped."""

    language: Language

    def __call__(self, en: str, zh: str) -> str:
        """One of the two."""
        return escape(Text(en, zh).to(self.language))

    def text(self, words: Text) -> str:
        """A text of both languages."""
        return escape(words.to(self.language))


def section(title: str, note: str = "") -> str:
    """A heading, and a sentence on how to read what follows."""
    said = f'<p class="faint">{note}</p>\n' if note else ""
    return f"<h2>{title}</h2>\n{said}"


def figure_cell(figure: Estimate | None, name: str = "") -> str:
    """A figure above its interval; of a figure without one, that there is none."""
    if figure is None or isnan(figure.value):
        return "–"
    if isnan(figure.low):
        return f"{number(figure.value, name)}<small>[– – –]</small>"
    low, high = number(figure.low, name), number(figure.high, name)
    return f"{number(figure.value, name)}<small>{low} – {high}</small>"


def in_line(figure: Estimate, name: str = "", *, signed: bool = False) -> str:
    """A figure with its interval within a sentence."""
    value, low, high = (
        ("+" if signed and each > 0 else "") + number(each, name)
        for each in (figure.value, figure.low, figure.high)
    )
    return f"{value} ({low} – {high})"


def number(value: float, name: str = "") -> str:
    """A number as people read it: shares in per cent, cents as money, else three digits."""
    if isnan(value):
        return "–"
    if name.endswith("_cents"):
        return f"{value / HUNDRED:,.2f}"
    if name.startswith(_SHARES):
        return f"{HUNDRED * value:.1f} %"
    if abs(value) >= HUNDRED:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _TEN else f"{value:.3f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 1) -> str:
    """A table whose columns after the first `numbers` hold numbers; 0 for a table of words."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="n">{cell}</{tag}>'
            if numbers and place >= numbers
            else f"<{tag}>{cell}</{tag}>"
            for place, cell in enumerate(row)
        )

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table>\n<thead><tr>{cells("th", head)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def pairs(told: Iterable[tuple[str, object]]) -> str:
    """A table of names and what each is."""
    rows = "\n".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in told)
    return f'<div class="wide"><table class="pairs">\n<tbody>\n{rows}\n</tbody>\n</table></div>'


def grid(drawn: Iterable[tuple[str, str, str]], *, wide: bool = False) -> str:
    """Figures side by side, each with its title above and how to read it below."""
    figures = "\n".join(
        f"<figure><figcaption>{title}</figcaption>\n{svg}\n"
        + (f"<p>{read}</p>" if read else "")
        + "</figure>"
        for title, svg, read in drawn
    )
    return f'<div class="figures{" broad" if wide else ""}">\n{figures}\n</div>'
