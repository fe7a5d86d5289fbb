"""Conditions as a policy file writes them: tables of facts and bounds, joined by all, any, not."""

import difflib
import math
from collections.abc import Collection, Iterable
from functools import partial

from goodcall.section import Section
from outreach.conditions import Comparison, Condition, Group, Not, facts_in
from outreach.customer_facts import FACTS, Fact

_JOINING = ("all", "any", "not")
_BOUNDS = ("at_least", "at_most", "above", "below")
_HOW = '{ fact = "tenure_days", at_least = 180 }'


def read_condition(section: Section, allowed: Collection[str] | None = None) -> Condition:
    """The condition that a table says; `allowed` are the facts it may ask for, or else every one.

    An empty list, a fact that is unknown, a bound outside a fact's range, bounds that leave
    nothing, and more than one of fact, all, any and not are errors.
    """
    said = [key for key in ("fact", *_JOINING) if key in section.said]
    if len(said) != 1:
        raise section.refuse(
            "the condition says " + (" and ".join(said) if said else "nothing that can be asked"),
            f"write one of {_HOW}, {{ all = [...] }}, {{ any = [...] }} or {{ not = {{...}} }}",
        )
    if said == ["fact"]:
        return _test(section, allowed)
    condition = _joined(section, said[0], allowed)
    section.done()
    return condition


def needs_of(
    section: Section, allowed: Collection[str] | None = None, *, key: str = "needs"
) -> tuple[Condition, ...]:
    """What a key asks for, part by part where all of several parts must hold."""
    condition = read_condition(section.table(key, _HOW), allowed)
    split = isinstance(condition, Group) and condition.how == "all"
    return condition.parts if split and isinstance(condition, Group) else (condition,)


def facts_named(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """The names of the facts that conditions ask for, each once."""
    return tuple(dict.fromkeys(f.name for one in conditions for f in facts_in(one)))


def _joined(section: Section, how: str, allowed: Collection[str] | None) -> Condition:
    if how == "not":
        return Not(read_condition(section.table("not", f"{{ not = {_HOW} }}"), allowed))
    parts = tuple(read_condition(part, allowed) for part in section.tables(how))
    if not parts:
        raise section.refuse(f"{how} is an empty list", "name one condition or more", key=how)
    return Group("all" if how == "all" else "any", parts)


def _test(section: Section, allowed: Collection[str] | None) -> Comparison:
    fact = _fact(section, allowed)
    if fact.sort == "word":
        test = _of_words(section, fact)
    elif fact.sort == "flag":
        test = Comparison(fact, numbers=frozenset({float(section.flag("is"))}))
    else:
        test = _of_numbers(section, fact)
    section.done()
    return test


def _fact(section: Section, allowed: Collection[str] | None) -> Fact:
    name = section.text("fact")
    known = FACTS if allowed is None else allowed
    if name in known:
        return FACTS[name]
    if name in FACTS:
        raise section.refuse(
            f"fact {name!r} may not be asked for here", f"may be: {', '.join(known)}", key="fact"
        )
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    raise section.refuse(f"fact {name!r} is unknown", hint, key="fact")


def _of_words(section: Section, fact: Fact) -> Comparison:
    one = section.optional("is", partial(section.text, among=fact.words))
    many = section.optional("one_of", partial(section.texts, among=fact.words))
    if (one is None) == (many is None):
        raise section.refuse(
            f"{fact.name} is compared with " + ("nothing" if one is None else "two things"),
            f'write is = "{fact.words[0]}" or one_of = [...]; known: {", ".join(fact.words)}',
        )
    return Comparison(fact, words=frozenset(many if many is not None else (str(one),)))


def _of_numbers(section: Section, fact: Fact) -> Comparison:
    read = partial(section.number, least=fact.least, most=fact.most)
    ends = {key: section.optional(key, read) for key in _BOUNDS}
    given = {key: end for key, end in ends.items() if end is not None}
    equal = section.optional("is", read)
    listed = section.optional("one_of", lambda key: _numbers(section, key, fact))
    numbers = listed if equal is None else frozenset({equal})
    if not given and numbers is None:
        raise section.refuse(
            f"{fact.name} is compared with nothing",
            f"write one or more of: {', '.join((*_BOUNDS, 'is', 'one_of'))}",
        )
    if numbers is not None and (given or (equal is not None and listed is not None)):
        raise section.refuse(
            f"{fact.name} has both a value and another bound", "write one or the other"
        )
    test = Comparison(
        fact,
        at_least=given.get("at_least", -math.inf),
        at_most=given.get("at_most", math.inf),
        above=given.get("above", -math.inf),
        below=given.get("below", math.inf),
        numbers=numbers,
    )
    _refuse_nothing(section, test)
    return test


def _refuse_nothing(section: Section, test: Comparison) -> None:
    """Refuse bounds between which no value lies."""
    low, high = max(test.at_least, test.above), min(test.at_most, test.below)
    shut = test.above >= test.at_least or test.below <= test.at_most
    if low > high or (low == high and shut):
        raise section.refuse(
            f"no {test.fact.name} is both from {low:g} and to {high:g}",
            "write the smaller number as at_least or above",
        )


def _numbers(section: Section, key: str, fact: Fact) -> frozenset[float]:
    meant = "a list of numbers in square brackets"
    values = section.value(key, list, meant)
    plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    if not values or not plain or not all(fact.least <= v <= fact.most for v in values):
        raise section.refuse(
            f"{key} is {values!r}",
            f"write {meant}, each from {fact.least:g} to {fact.most:g}",
            key=key,
        )
    return frozenset(float(v) for v in values)
