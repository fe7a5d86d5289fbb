"""Figures that contacts measured, put into the text of a policy in place of those assumed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from goodcall.vocabulary import ContactFigure
from outreach.errors import PolicyError
from outreach.loading import parse_policy
from outreach.policy import Policy, Value

_HEADER = re.compile(r"\s*\[\s*(\[?[^\[\]]+\]?)\s*\]\s*(#.*)?")


@dataclass(frozen=True, slots=True)
class NewFigure:
    """A figure of [value.<table>] for a channel, in words from where, and what was assumed."""

    table: ContactFigure
    channel: str
    amount: float
    source: str
    prior: float


Wanted = dict[tuple[str, str], NewFigure]


def guesses(value: Value) -> Mapping[ContactFigure, Mapping[str, float]]:
    """What is, or was, assumed of each figure by channel; one from elsewhere is left out."""
    return {
        table: {
            channel: figure.guess
            for channel, figure in getattr(value, table).items()
            if figure.guess is not None
        }
        for table in get_args(ContactFigure)
    }


def with_figures(policy: Policy, figures: list[NewFigure], file: str = "policy.toml") -> str:
    """The text of a policy with new figures; all else, comments among it, stays as it is.

    PolicyError where a figure does not stand on a line of its own below its table's header.
    """
    wanted: Wanted = {(each.table, each.channel): each for each in figures}
    lines, table = [], ""
    for line in policy.text.splitlines(keepends=True):
        header = _HEADER.fullmatch(line.rstrip("\n"))
        table = header[1].replace(" ", "") if header else table
        figure = _figure(table, line, wanted)
        lines.append(line if figure is None else _with(line, figure))
    text = "".join(lines)
    _refuse_unwritten(parse_policy(text, file).value, figures, file)
    return text


def _figure(table: str, line: str, wanted: Mapping[tuple[str, str], NewFigure]) -> NewFigure | None:
    """The figure that a line says."""
    kind = table.removeprefix("value.")
    if kind == table or "=" not in line:
        return None
    return wanted.get((kind, line.split("=", 1)[0].strip().strip("\"'")))


def _with(line: str, figure: NewFigure) -> str:
    """A line whose inline table says a figure; what stands before and behind it stays."""
    said = f'{{ is = {figure.amount:.4g}, source = "{figure.source}", prior = {figure.prior:.6g} }}'
    return re.sub(r"\{[^{}]*\}", lambda _: said, line, count=1)


def _refuse_unwritten(value: Value, figures: list[NewFigure], file: str) -> None:
    for each in figures:
        told = getattr(value, each.table)[each.channel]
        if told.source != each.source:
            raise PolicyError(
                f"{file}: the figure {each.channel} of [value.{each.table}] stands on no line of "
                f"its own; write {each.channel} = {{ is = {each.prior:g}, source = "
                f'"assumed" }} on one below [value.{each.table}]'
            )
