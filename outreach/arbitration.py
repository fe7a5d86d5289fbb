"""How actions are weighed against each other: formula, levers, influences, prices, and waiting."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from goodcall.section import Section
from outreach.influence import Influence, read_influence
from outreach.levers import Lever, read_lever
from outreach.price_bands import PriceBand, read_band
from outreach.priority import FORMULAS, ContextWeight, Formula, read_context_weight
from outreach.scope import Scope
from outreach.waiting import WaitTerms, read_wait

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arbitration:
    """What the policy says about ranking; without any of it an action ranks by its value."""

    formula: Formula = "value"
    levers: tuple[Lever, ...] = ()
    contexts: tuple[ContextWeight, ...] = ()
    influences: tuple[Influence, ...] = ()
    bands: tuple[PriceBand, ...] = ()
    wait: WaitTerms | None = None

    @property
    def plain(self) -> bool:
        """Whether every action ranks by its value and nothing more is to be worked out."""
        return self.formula == "value" and not (self.levers or self.influences)

    def scopes(self) -> Iterator[tuple[str, Scope]]:
        """What each part is about, with how an error names it."""
        for kind, parts in (
            ("lever", self.levers),
            ("context_weight", self.contexts),
            ("influence", self.influences),
        ):
            for part in cast("tuple[Any, ...]", parts):
                yield f"[[{kind}]] {part.id}", part.scope
        for band in self.bands:
            yield f"[[price_band]] {band.name}", band.scope


def read_arbitration(document: Section) -> Arbitration:
    """What a policy file says about ranking, each part of which may be left out."""
    section = document.optional("arbitration", document.table)
    formula: Formula = "value"
    if section is not None:
        formula = cast("Formula", section.text("formula", FORMULAS))
        section.done()
    found = Arbitration(
        formula=formula,
        levers=read_each(document, "lever", read_lever),
        contexts=read_each(document, "context_weight", read_context_weight),
        influences=read_each(document, "influence", read_influence),
        bands=read_each(document, "price_band", read_band, key="name"),
        wait=_wait(document),
    )
    _refuse_mixed(document, found)
    return found


def read_each(
    document: Section, kind: str, read: Callable[[Section], T], *, key: str = "id"
) -> tuple[T, ...]:
    """The tables of a kind in the file's order, no name twice."""
    found: dict[str, T] = {}
    for section in document.tables(kind):
        name = section.text(key)
        if name in found:
            raise section.refuse(f"{key} {name!r} stands twice", "give each its own", key=key)
        found[name] = read(section)
    return tuple(found.values())


def _wait(document: Section) -> WaitTerms | None:
    section = document.optional("wait", document.table)
    return None if section is None else read_wait(section)


def _refuse_mixed(document: Section, found: Arbitration) -> None:
    """Refuse parts that the formula has no place for."""
    if found.formula == "value" and found.contexts:
        raise document.refuse(
            "context weights need the formula that multiplies by them",
            'write formula = "pcvl" under [arbitration], or take them out',
            key="context_weight",
        )
    if found.formula == "pcvl" and found.wait is not None:
        raise document.refuse(
            "priorities of formula pcvl are not cents that waiting could be compared with",
            'write formula = "value" under [arbitration], or take [wait] out',
            key="wait",
        )
    for lever in found.levers if found.formula == "pcvl" else ():
        if lever.cents:
            raise document.refuse(
                f"lever {lever.id!r} adds cents, which formula pcvl has no place for",
                "give it a weight in percent",
                key="lever",
            )
