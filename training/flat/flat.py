"""One flat file of customers and what came of them, read by a configuration into a training set.

A file without dates enters in its declared order. Categories become one column a word, so that
trees and lines read the same matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

from training.dataset import TrainingSet
from training.errors import BadTrainingSet, MissingColumn, OneClass
from training.flat.spec import FlatSpec, Times

_SHOWN = 5
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})

Words = NDArray[np.str_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FlatSet:
    """A flat file as a training set, beside every column of it as the file has it."""

    spec: FlatSpec
    data: TrainingSet
    _words: Mapping[str, Words] = field(repr=False)

    def column(self, name: str) -> Words:
        """One column of the file as text, a value for each row of `data`, "" where it is empty."""
        if name not in self._words:
            raise MissingColumn(
                f"{self.spec.name} has no column {name!r}; it has: {', '.join(self._words)}"
            )
        return self._words[name]


def read_flat(path: Path, spec: FlatSpec) -> FlatSet:
    """The rows of a CSV file, plain or .gz, whose outcome is known, in the file's order.

    The file's columns must be those that the configuration names, each once. A row is a customer of
    its own, numbered from 1, unless an id column is named.
    """
    words = _columns(path, spec)
    outcome = words[spec.outcome]
    known = np.flatnonzero(outcome != "")
    if not len(known):
        raise MissingColumn(f"{path}: the outcome {spec.outcome!r} is empty in every row")
    words = {name: column[known] for name, column in words.items()}
    y = np.isin(words[spec.outcome], spec.positive).astype(np.int8)
    if y.min() == y.max():
        raise OneClass(
            f"{path}: every one of {len(y)} rows has outcome {int(y[0])}: {spec.outcome!r} counts "
            f"as positive where it is {' or '.join(spec.positive)}; correct `positive`"
        )
    named = dict(each for name in spec.features for each in _encoded(spec, name, words[name]))
    for name, (over, under) in spec.ratio.items():
        named[name] = _ratio(named[over], named[under])
    ids = np.arange(1, len(y) + 1) if spec.customer is None else _ids(words[spec.customer])
    data = TrainingSet(
        definition=spec.label,
        features=tuple(named),
        fingerprint=spec.fingerprint,
        matrix=np.column_stack(list(named.values())),
        y=y,
        customer_id=ids,
        as_of=_days(spec.times, words, len(y)),
        excluded={"no outcome": len(outcome) - len(known)} if len(known) < len(outcome) else {},
    )
    return FlatSet(spec, data, words)


def _columns(path: Path, spec: FlatSpec) -> dict[str, Words]:
    """Every column as text without blanks around it."""
    try:
        names = pc.open_csv(
            path, parse_options=pc.ParseOptions(delimiter=spec.separator)
        ).schema.names
        table = pc.read_csv(
            path,
            parse_options=pc.ParseOptions(delimiter=spec.separator),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (OSError, pa.ArrowInvalid) as error:
        raise BadTrainingSet(
            f"{path} does not read as a table separated by {spec.separator!r}: {error}"
        ) from error
    _refuse_other_columns(path, spec, names)
    return {name: np.char.strip(table[name].to_numpy().astype(str)) for name in names}


def _refuse_other_columns(path: Path, spec: FlatSpec, names: list[str]) -> None:
    lacking = [name for name in spec.columns if name not in names]
    if lacking:
        raise MissingColumn(
            f"{path} lacks {_some(lacking)}; it has: {', '.join(names)}; correct the configuration"
        )
    undeclared = [name for name in names if name not in spec.columns]
    if undeclared:
        raise BadTrainingSet(
            f"{path} has {_some(undeclared)}, of which the configuration says nothing; name them "
            "under [features], or under left_out or known_after in [columns]"
        )


def _encoded(spec: FlatSpec, name: str, column: Words) -> list[tuple[str, Floats]]:
    """The columns that a feature becomes: one, or one a word where it is a category."""
    unknown = np.isin(column, ["", *spec.missing.get(name, ())])
    if unknown.all():
        raise MissingColumn(f"{spec.name}: nothing at all is known in {name!r}; leave it out")
    if name in spec.category:
        return _one_hot(name, column, unknown)
    if name in spec.ordinal:
        places = {word: float(place) for place, word in enumerate(spec.ordinal[name])}
        return [(name, _coded(spec, name, column, unknown, places))]
    if name in spec.flag:
        codes = dict.fromkeys(_YES, 1.0) | dict.fromkeys(_NO, 0.0)
        return [(name, _coded(spec, name, np.char.lower(column), unknown, codes))]
    return [(name, _numbers(spec, name, column, unknown))]


def _one_hot(name: str, column: Words, unknown: NDArray[np.bool_]) -> list[tuple[str, Floats]]:
    """A column for each word; of two words that are never unknown, the second alone."""
    words = np.unique(column[~unknown])
    if len(words) == 2 and not unknown.any():  # noqa: PLR2004 - one tells the other
        words = words[1:]
    return [(f"{name}={word}", (column == word).astype(np.float64)) for word in words.tolist()]


def _coded(
    spec: FlatSpec,
    name: str,
    column: Words,
    unknown: NDArray[np.bool_],
    codes: Mapping[str, float],
) -> Floats:
    words, which = np.unique(np.where(unknown, "", column), return_inverse=True)
    strange = [word for word in words.tolist() if word and word not in codes]
    if strange:
        raise BadTrainingSet(
            f"{spec.name}: {name!r} holds {_some(strange)}; known: {', '.join(sorted(codes))}; add "
            "it to the configuration, or to [missing]"
        )
    return np.asarray([codes.get(word, np.nan) for word in words.tolist()], dtype=np.float64)[which]


def _numbers(spec: FlatSpec, name: str, column: Words, unknown: NDArray[np.bool_]) -> Floats:
    try:
        return np.where(unknown, "nan", column).astype(np.float64)
    except ValueError as error:
        raise BadTrainingSet(
            f"{spec.name}: {name!r} is not all numbers: {error}; declare it a category, or name "
            "the word under [missing]"
        ) from error


def _ratio(over: Floats, under: Floats) -> Floats:
    """One number over another; not known where that is zero."""
    ratio: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=under != 0)
    return ratio


def _ids(column: Words) -> NDArray[np.int64]:
    """Whole numbers as they are; other codes numbered from 1 in their sorted order."""
    if np.char.isdecimal(column).all():
        return column.astype(np.int64)
    return np.unique(column, return_inverse=True)[1].astype(np.int64) + 1


def _days(times: Times, words: Mapping[str, Words], rows: int) -> NDArray[np.datetime64]:
    """The date of each row: a column of dates, months that run on in order, or one date for all."""
    if times.months is not None:
        return _running_months(words[times.months], times.day.year)
    if times.column is not None:
        try:
            return words[times.column].astype("datetime64[D]")
        except ValueError as error:
            raise BadTrainingSet(
                f"{times.column!r} is not all dates such as 2026-12-31: {error}"
            ) from error
    return np.full(rows, np.datetime64(times.day), dtype="datetime64[D]")


def _running_months(column: Words, year: int) -> NDArray[np.datetime64]:
    """The first of each row's month; a month before the last row's belongs to the next year."""
    short = np.char.lower(column.astype("<U3"))
    strange = np.setdiff1d(short, _MONTHS).tolist()
    if strange:
        raise BadTrainingSet(
            f"{strange[0]!r} is no month; write them as {', '.join(_MONTHS)}, in English"
        )
    number = np.array([_MONTHS.index(each) for each in short.tolist()])
    years = year + np.cumsum(np.r_[False, np.diff(number) < 0])
    months = ((years - 1970) * 12 + number).astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]"))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
