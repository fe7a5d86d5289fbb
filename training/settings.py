"""Which outcomes a bank wants predicted: a TOML file of labels, read into definitions."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from training.definition import ChurnLabel, Definition, Horizon, PurchaseLabel
from training.errors import BadLabel


def default_labels() -> tuple[Definition, ...]:
    """The labels that Goodcall ships: leaving, and the next product of every family, in 90 days."""
    text = (files("training") / "default_labels.toml").read_text(encoding="utf-8")
    return parse_labels(text, "the shipped labels")


def read_labels(path: Path) -> tuple[Definition, ...]:
    """The labels in a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadLabel(f"the labels in {path} cannot be read: {error}") from error
    return parse_labels(text, str(path))


def parse_labels(text: str, where: str) -> tuple[Definition, ...]:
    r"""The labels in a TOML text of `[[label]]` tables, in the file's order.

    >>> parse_labels('[[label]]\nkind = "purchase"\nfamily = "fund"\nhorizon_months = 12', "it")
    (PurchaseLabel(family='fund', horizon=Horizon(count=12, unit='months'), kinds=()),)
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadLabel(f"{where} is no TOML: {error}") from error
    unknown = sorted(set(said) - {"label"})
    if unknown or not said.get("label"):
        raise BadLabel(
            f"{where}: write one [[label]] table a label, and nothing else; found: "
            f"{', '.join(unknown) or 'none'}"
        )
    definitions = tuple(_definition(each, where) for each in said["label"])
    names = [definition.name for definition in definitions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadLabel(f"{where}: label {', '.join(twice)} stands twice; keep one")
    return definitions


def _definition(said: Mapping[str, Any], where: str) -> Definition:
    kind = said.get("kind")
    if kind not in _KINDS:
        raise BadLabel(f"{where}: kind {kind!r} is unknown; choose one of: {', '.join(_KINDS)}")
    read, known = _KINDS[kind]
    given = {name: value for name, value in said.items() if name != "kind"}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise BadLabel(
            f"{where}: a {kind} label has no {', '.join(unknown)}; it has: {', '.join(known)}"
        )
    try:
        return read(given)
    except (TypeError, KeyError) as error:
        raise BadLabel(f"{where}: the {kind} label does not read: {error}") from error


def _churn(given: Mapping[str, Any]) -> Definition:
    return ChurnLabel(**given)


def _purchase(given: Mapping[str, Any]) -> Definition:
    if ("horizon_days" in given) == ("horizon_months" in given):
        raise BadLabel("a purchase label needs horizon_days or horizon_months, and not both")
    kinds = tuple(given.get("kinds", ()))
    if "horizon_days" in given:
        return PurchaseLabel(given["family"], Horizon(given["horizon_days"], "days"), kinds)
    return PurchaseLabel(given["family"], Horizon(given["horizon_months"], "months"), kinds)


_KINDS: dict[str, tuple[Callable[[Mapping[str, Any]], Definition], tuple[str, ...]]] = {
    "churn": (_churn, tuple(field.name for field in fields(ChurnLabel))),
    "purchase": (_purchase, ("family", "horizon_days", "horizon_months", "kinds")),
}
