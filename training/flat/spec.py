"""How a flat file is to be read: its outcome, its features and its dates, in a TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from goodcall.language import Text
from goodcall.section import Section, read_text, read_toml
from training.dataset import PROTECTED, TELLING
from training.definitions.flat import FlatLabel
from training.definitions.horizon import Horizon
from training.errors import BadFlatSpec, ForbiddenColumn
from training.split import Split, read_splits

_DAY = date(2000, 1, 1)
_SEPARATORS = (",", ";", "|")


@dataclass(frozen=True, slots=True)
class Times:
    """When rows are from: a column of dates, a column of months that run on from the year of `day`,
    or `day` for all.
    """  # noqa: D205 - one sentence

    day: date = _DAY
    column: str | None = None
    months: str | None = None


@dataclass(frozen=True, slots=True)
class FlatSpec:
    """A flat file's columns: what each is, and which words in it mean that nothing is known.

    `ratio` names features of their own, each one number column over another. `known_after` names
    columns that are only known when the outcome is; `left_out` those that serve as no feature.
    `splits` are how models of it are measured, by name.
    """

    label: FlatLabel
    outcome: str
    positive: tuple[str, ...]
    number: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    flag: tuple[str, ...] = ()
    ordinal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ratio: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known_after: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    customer: str | None = None
    times: Times = Times()
    separator: str = ","
    splits: Mapping[str, Split] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What is predicted."""
        return self.label.name

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that become features by themselves."""
        return (*self.number, *self.category, *self.flag, *self.ordinal)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the file must have."""
        said = (self.outcome, *self.features, *self.known_after, *self.left_out)
        others = (self.customer, self.times.column, self.times.months)
        return tuple(dict.fromkeys([*said, *(each for each in others if each is not None)]))

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change whenever a feature is read in another way."""
        lists = (self.ordinal, self.ratio, self.missing)
        said = (self.number, self.category, self.flag, *(sorted(each.items()) for each in lists))
        return sha256(repr(said).encode()).hexdigest()[:12]


def read_flat_spec(path: Path) -> FlatSpec:
    """The configuration in a file."""
    return parse_flat_spec(read_text(path, "the configuration", BadFlatSpec), str(path))


def parse_flat_spec(text: str, where: str) -> FlatSpec:
    """The configuration in a TOML text; `where` names it in errors.

    BadFlatSpec names the line of a mistake. ForbiddenColumn when a feature is declared as known
    only afterwards, tells the outcome by its name, or must never enter a model.
    """
    top = read_toml(text, where, BadFlatSpec)
    outcome, columns = top.table("outcome"), top.part("columns")
    features = top.table("features")
    spec = FlatSpec(
        label=_label(top),
        outcome=outcome.text("column"),
        positive=outcome.texts("positive"),
        number=features.optional("number", features.texts) or (),
        category=features.optional("category", features.texts) or (),
        flag=features.optional("flag", features.texts) or (),
        ordinal=_word_lists(features.part("ordinal")),
        ratio=_ratios(features.part("ratio"), features),
        missing=_word_lists(top.part("missing")),
        known_after=columns.optional("known_after", columns.texts) or (),
        left_out=columns.optional("left_out", columns.texts) or (),
        customer=columns.optional("customer", columns.text),
        times=_times(top.part("time")),
        separator=top.optional("separator", lambda key: top.text(key, _SEPARATORS)) or ",",
        splits=read_splits(top.tables("split")),
    )
    for section in (top, outcome, columns, features):
        section.done()
    _refuse_unfit(features, spec)
    return spec


def _label(top: Section) -> FlatLabel:
    meaning = top.table("meaning")
    said = Text(meaning.text("en"), meaning.text("zh"))
    meaning.done()
    days = top.optional("horizon_days", lambda key: top.whole(key, 1))
    return FlatLabel(top.text("name"), said, Horizon(days or 1))


def _times(said: Section) -> Times:
    column, months = said.optional("column", said.text), said.optional("months", said.text)
    year = said.optional("from_year", lambda key: said.whole(key, 1900, 2200))
    day = said.optional("day", said.day)
    said.done()
    if sum(each is not None for each in (column, months, day)) > 1:
        raise said.refuse("several of column, months and day are given", "keep one")
    if (months is None) != (year is None):
        raise said.refuse("months and from_year belong together", "give both or neither")
    return Times(day or date(year or _DAY.year, 1, 1), column, months)


def _word_lists(said: Section) -> dict[str, tuple[str, ...]]:
    return {name: said.texts(name) for name in said.said}


def _ratios(said: Section, features: Section) -> dict[str, tuple[str, ...]]:
    numbers = features.optional("number", features.texts) or ()
    ratios = {name: said.texts(name, numbers) for name in said.said}
    for name, parts in ratios.items():
        if len(parts) != 2 or name in numbers:  # noqa: PLR2004 - one number over another
            raise said.refuse(
                f"ratio {name!r} of {len(parts)} columns",
                "give it a name of its own and two number columns, the one over the other",
                key=name,
            )
    return ratios


def _refuse_unfit(said: Section, spec: FlatSpec) -> None:
    """Refuse features that are none, stand twice, or may not be learned from."""
    names = spec.features
    if not names:
        raise said.refuse("no feature is named", "name columns under number, category, flag")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise said.refuse(f"{twice[0]!r} stands twice", "name it under one of the kinds")
    late = [name for name in names if name in spec.known_after or name == spec.outcome]
    if late:
        raise ForbiddenColumn(
            f"{said.file}: {late[0]!r} is only known once the outcome is; take it out of [features]"
        )
    telling = [name for name in names if name.lower() in TELLING]
    if telling:
        raise ForbiddenColumn(
            f"{said.file}: {telling[0]!r} tells what came after as_of; name it under known_after"
        )
    protected = [name for name in names if PROTECTED & set(name.lower().split("_"))]
    if protected:
        raise ForbiddenColumn(
            f"{said.file}: {protected[0]!r} must never enter a model; name it under left_out"
        )
