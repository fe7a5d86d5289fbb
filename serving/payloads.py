"""Every payload that the service answers with, and every field of each, by its dotted name.

The access file classes these fields; a role sees those of its classes and no others.
"""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from governance.access import Access
from serving.errors import Unclassed
from serving.schemas.at_once import NextAnswer
from serving.schemas.consents import ConsentsAnswer
from serving.schemas.contacts import DecisionAnswer, ReserveAnswer, ToldAnswer
from serving.schemas.customers import ViewAnswer
from serving.schemas.events import EventsAnswer
from serving.schemas.lists import CardAnswer, ListAnswer, SkippedAnswer, TakenAnswer
from serving.schemas.offers import OffersAnswer
from serving.schemas.scores import (
    ExplainAnswer,
    Explained,
    FeaturesAnswer,
    ManyAnswer,
    ScoreAnswer,
)
from serving.schemas.servings import ServedAnswer, ServingAnswer
from serving.schemas.wishes import WishesAnswer

PAYLOADS: Mapping[str, type[BaseModel]] = {
    "score": ScoreAnswer,
    "score_features": FeaturesAnswer,
    "scores": ManyAnswer,
    "explain": ExplainAnswer,
    "explain_features": Explained,
    "offers": OffersAnswer,
    "next": NextAnswer,
    "view": ViewAnswer,
    "contact": DecisionAnswer,
    "reservation": ReserveAnswer,
    "taken": TakenAnswer,
    "told": ToldAnswer,
    "consents": ConsentsAnswer,
    "wishes": WishesAnswer,
    "list": ListAnswer,
    "card": CardAnswer,
    "skipped": SkippedAnswer,
    "events": EventsAnswer,
    "serving": ServingAnswer,
    "served": ServedAnswer,
}


def fields_of(payload: str) -> tuple[str, ...]:
    """The dotted names of a payload's fields that hold no further fields, in their order."""
    return tuple(_leaves(PAYLOADS[payload], ""))


def refuse_unclassed(access: Access) -> None:
    """Raise Unclassed where the access file classes a field that no payload has, or leaves one out.

    A name stands for all that is below it.
    """
    for payload in PAYLOADS:
        known = fields_of(payload)
        classes = access.payloads.get(payload)
        if classes is None:
            raise Unclassed(
                f"the access file has no [fields.{payload}]; class these: {', '.join(known)}"
            )
        named = [name for names in classes.values() for name in names]
        for name in named:
            if not any(_below(field, name) for field in known):
                raise Unclassed(
                    f"the access file's [fields.{payload}] names {name!r}, which the answer does "
                    f"not have; it has: {', '.join(known)}"
                )
        for field in known:
            if not any(_below(field, name) for name in named):
                raise Unclassed(
                    f"the access file's [fields.{payload}] does not class {field!r}; put it under "
                    "what it is about"
                )


def _below(field: str, name: str) -> bool:
    return field == name or field.startswith(f"{name}.")


def _leaves(model: type[BaseModel], above: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is None:
            yield f"{above}{name}"
        else:
            yield from _leaves(inner, f"{above}{name}.")


def _model_in(kind: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    """The model that a field holds, one or a list of them; None of a plain value."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, UnionType, tuple, list):
        found = (_model_in(each) for each in get_args(kind))
        return next((each for each in found if each is not None), None)
    return None
