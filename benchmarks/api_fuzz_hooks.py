"""Gives schemathesis numbers that exist, so that cases reach further than "not known".

Half of the customers, contacts and lists that it makes up become real ones; all else stays as it
was made up, above all what is meant to be refused.
"""

import json
import os
from typing import Any

import schemathesis

_KNOWN = json.loads(os.environ.get("GOODCALL_FUZZ", "{}"))


@schemathesis.hook
def map_body(_context: object, body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A body about a customer whom the bank knows, every other time."""
    if isinstance(body, dict):
        for name, number in body.items():
            # Text that stands for a number is meant to be refused.
            if name in _KNOWN and not isinstance(number, str):
                body[name] = _real(name, number)
    return body


@schemathesis.hook
def map_path_parameters(_context: object, path_parameters: dict[str, Any] | None) -> dict[str, Any]:
    """A path of a customer, contact or list that there is, every other time."""
    return {name: _real(name, value) for name, value in (path_parameters or {}).items()}


def _real(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    known = _KNOWN.get(name)
    if not known or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Beyond those numbers it is meant to be refused, and so left as it is.
        return known[value % len(known)] if value % 2 and 1 <= value < 2**63 else value
    if isinstance(value, str) and len(value) % 2 == 0:
        return known[len(value) % len(known)]
    return value
