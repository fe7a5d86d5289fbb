"""What the command line says: words for people, JSON for programs, bars for long work."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from goodcall.language import Language, Text

_WIDTH_OF_A_PIPE = 160

Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Show:
    """Says things on standard output in one language, or hands them over as one JSON document.

    With `as_json` nothing but `hand_over` reaches standard output.
    """

    language: Language = "en"
    as_json: bool = False
    _out: Console = field(default_factory=lambda: _console(stderr=False))
    _side: Console = field(default_factory=lambda: _console(stderr=True))

    def say(self, words: str | Text) -> None:
        """One line for a person."""
        if not self.as_json:
            self._out.print(self._said(words), highlight=False, markup=False, soft_wrap=True)

    @property
    def watched(self) -> bool:
        """Whether a person watches standard error."""
        return bool(self._side.is_terminal)

    def aside(self, words: str | Text) -> None:
        """One line for a person on standard error, beside what is handed over."""
        self._side.print(self._said(words), highlight=False, markup=False, soft_wrap=True)

    def heading(self, words: str | Text) -> None:
        """A line that begins a part."""
        if not self.as_json:
            self._out.print()
            self._out.print(self._said(words), style="bold", highlight=False, markup=False)

    def table(
        self,
        columns: Sequence[str | Text],
        rows: Sequence[Sequence[object]],
        *,
        right: Sequence[int] = (),
    ) -> None:
        """Rows under headings; the columns numbered in `right` are aligned to the right."""
        if self.as_json:
            return
        table = Table(show_edge=False, pad_edge=False, box=None, header_style="dim")
        for place, name in enumerate(columns):
            table.add_column(
                self._said(name), justify="right" if place in right else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*(self._said(cell) for cell in row))
        self._out.print(table, highlight=False, markup=False)

    def hand_over(self, facts: Mapping[str, Any] | Sequence[Any]) -> None:
        """The facts as JSON, where JSON was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def word(self, words: Text) -> str:
        """A word in the language spoken, to stand in a line with others."""
        return words.to(self.language)

    @contextmanager
    def progress(self, words: str | Text) -> Iterator[Step]:
        """A bar on standard error while long work goes on, where a person watches.

        Yields a function that is told how much is done, and of how much.
        """
        if not self._side.is_terminal:
            yield lambda done, total: None  # noqa: ARG005 - nobody watches
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self._side, transient=True) as bar:
            task = bar.add_task(self._said(words), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def _said(self, words: object) -> str:
        return words.to(self.language) if isinstance(words, Text) else str(words)


def say_error(words: str) -> None:
    """An error on standard error."""
    _console(stderr=True).print(
        f"error: {words}", style="red", highlight=False, markup=False, soft_wrap=True
    )


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_A_PIPE
    return Console(stderr=stderr, width=width, emoji=False)


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Text):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
