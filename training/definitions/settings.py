"""Which outcomes a bank wants predicted: a TOML file of labels, read into definitions.

Every mistake in it is answered with its line and a remedy.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from goodcall.section import Section, read_text, read_toml
from goodcall.vocabulary import FAMILIES, KINDS
from training.definitions.definition import (
    AssetsDropLabel,
    ChurnLabel,
    ClosureLabel,
    DeclineLabel,
    Definition,
    DigitalChurnLabel,
    Earned,
    EffectLabel,
    GrowthLabel,
    Horizon,
    InactivityLabel,
    LeavingEvents,
    LostLabel,
    NeedEvents,
    NextProduct,
    PurchaseEvents,
    PurchaseLabel,
    RunOffLabel,
    SalaryStopLabel,
    labels_of,
)
from training.definitions.effects import Outcome
from training.definitions.rules import Mean
from training.errors import BadLabel

_MOST_DAYS = 3_650
_MOST_CENTS = 10**15
_MOST_BPS = 10_000

Reader = Callable[[Section, str], Any]


def default_labels() -> tuple[Definition, ...]:
    """The labels that Goodcall ships: leaving, the next product, growth and inactivity."""
    return shipped_labels("default_labels.toml")


def shipped_labels(name: str) -> tuple[Definition, ...]:
    """The labels in one of the files of this room, such as the one that shows every kind."""
    return parse_labels(
        (files("training.definitions") / name).read_text(encoding="utf-8"), f"the shipped {name}"
    )


def read_labels(path: Path) -> tuple[Definition, ...]:
    """The labels in a file."""
    return parse_labels(read_text(path, "the file of labels", BadLabel), str(path))


def parse_labels(text: str, where: str) -> tuple[Definition, ...]:
    r"""The labels in a TOML text of `[[label]]` tables, in the file's order.

    >>> parse_labels('[[label]]\nkind = "purchase"\nfamily = "fund"\nhorizon_months = 12', "it")
    (PurchaseLabel(family='fund', horizon=Horizon(count=12, unit='months'), kinds=()),)
    """
    file = read_toml(text, where, BadLabel)
    tables = file.tables("label")
    file.only("label")
    if not tables:
        raise file.refuse("it names no label", "write one [[label]] table a label")
    definitions: list[Definition] = []
    taken: set[str] = set()
    for table in tables:
        definition = _definition(table)
        names = {definition.name, *labels_of(definition)}
        if twice := sorted(names & taken):
            raise table.refuse(f"label {', '.join(twice)} stands twice", "keep one of them")
        taken |= names
        definitions.append(definition)
    return tuple(definitions)


def _definition(table: Section) -> Definition:
    kind = table.text("kind", _KINDS)
    made: type[Definition] = _KINDS[kind]
    given: dict[str, Any] = {}
    for field in fields(made):
        if field.name == "horizon":
            said = _horizon(table)
        elif field.default is MISSING and field.default_factory is MISSING:
            said = _READERS[field.name](table, field.name)
        else:
            said = table.optional(field.name, partial(_READERS[field.name], table))
        if said is not None:
            given[field.name] = said
    table.done()
    try:
        return made(**given)
    except BadLabel as error:
        raise table.refuse(str(error), f"correct this {kind} label") from error


def _horizon(table: Section) -> Horizon | None:
    """Days or months, never both; None where the file leaves both out."""
    days = table.optional("horizon_days", partial(table.whole, least=1, most=_MOST_DAYS))
    months = table.optional("horizon_months", partial(table.whole, least=1, most=120))
    if days and months:
        raise table.refuse(
            "it has horizon_days and horizon_months", "keep one of them", key="horizon_months"
        )
    if months:
        return Horizon(months, "months")
    return Horizon(days) if days else None


def _sold_to(table: Section, key: str) -> dict[str, tuple[str, ...]]:
    said = table.table(key, '{ family = ["kind", ...] }')
    said.only(*FAMILIES, what="family")
    return {family: said.texts(family, KINDS) for family in said.said}


def _horizons(table: Section, key: str) -> tuple[int, ...]:
    meant = "a list of whole numbers of days, such as [30, 90]"
    values = table.value(key, list, meant)
    if not all(type(value) is int for value in values):
        raise table.refuse(f"{key} is {values!r}", f"write {meant}", key=key)
    return tuple(values)


def _whole(least: int, most: int) -> Reader:
    return lambda table, key: table.whole(key, least, most)


_READERS: dict[str, Reader] = {
    **dict.fromkeys(
        (
            *("baseline_days", "recent_days", "horizon_days", "silent_days", "period_days"),
            *("cycle_days", "maturity_days", "renew_days"),
        ),
        _whole(1, _MOST_DAYS),
    ),
    **dict.fromkeys(("gap_days", "late_days", "early_days"), _whole(0, _MOST_DAYS)),
    **dict.fromkeys(
        ("periods", "missing_cycles", "least_payments", "least_transactions"), _whole(1, 1_000)
    ),
    **dict.fromkeys(("deposit_margin_bps", "wealth_margin_bps"), _whole(0, _MOST_BPS)),
    "fall_percent": _whole(1, 99),
    "min_fall_cents": _whole(1, _MOST_CENTS),
    "keep_share": lambda table, key: table.number(key, 0, 1),
    "mean": lambda table, key: table.text(key, get_args(Mean)),
    "outcome": lambda table, key: table.text(key, get_args(Outcome)),
    "of": lambda table, key: table.text(key, get_args(Earned)),
    "family": lambda table, key: table.text(key, FAMILIES),
    "families": lambda table, key: table.texts(key, FAMILIES),
    "kinds": lambda table, key: table.texts(key, KINDS),
    "sold_to": _sold_to,
    "horizons": _horizons,
}
_KINDS: dict[str, type[Definition]] = {
    "churn": ChurnLabel,
    "leaving": LeavingEvents,
    "assets_drop": AssetsDropLabel,
    "inactivity": InactivityLabel,
    "decline": DeclineLabel,
    "lost": LostLabel,
    "digital_churn": DigitalChurnLabel,
    "salary_stop": SalaryStopLabel,
    "closure": ClosureLabel,
    "run_off": RunOffLabel,
    "purchase": PurchaseLabel,
    "next_product": NextProduct,
    "need": NeedEvents,
    "transacts": PurchaseEvents,
    "growth": GrowthLabel,
    "effect": EffectLabel,
}
