"""Answers as a caller gets them: what the role does not see is not there."""

from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

T = TypeVar("T", bound=BaseModel)


def received(kind: type[T], body: Any) -> T:  # noqa: ANN401 - any JSON
    """An answer of a kind from JSON; a field that is not in the JSON is not in the answer either.

    ValueError or TypeError where a value is not what its field holds.
    """
    return cast("T", _built(kind, body))


def _built(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any annotation, any JSON
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is no {kind.__name__}; is this the service's answer?")
        fields = kind.model_fields
        known = {
            name: _built(fields[name].annotation, part)
            for name, part in value.items()
            if name in fields
        }
        return kind.model_construct(_fields_set=set(known), **known)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _built(next(each for each in inner if each is not type(None)), value)
    if origin in (tuple, list) and isinstance(value, list):
        return tuple(_built(inner[0], each) for each in value)
    return _adapter(kind).validate_python(value)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any annotation
    return TypeAdapter(kind)
