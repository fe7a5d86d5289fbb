"""The API's one description, in OpenAPI 3.0: what bank gateways and the packaged docs page read."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.field_words import told

VERSION = "3.0.3"


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, built once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        told(found["components"]["schemas"])
        _guard(found)
        _let_out(found)
        app.openapi_schema = as_3_0(found) | {"openapi": VERSION}
    described: dict[str, Any] = app.openapi_schema
    return described


def _let_out(document: dict[str, Any]) -> None:
    """Require no field of an answer: what the caller's role does not see is left out."""
    operations = [each for path in document["paths"].values() for each in path.values()]
    asked = _named(document, [each.get("requestBody", {}) for each in operations])
    shaped = [each for each in operations if "x-goodcall-payload" in each]
    told = _named(document, [each["responses"]["200"] for each in shaped])
    for name in told - asked:
        document["components"]["schemas"][name].pop("required", None)


def _named(document: dict[str, Any], roots: list[Any]) -> set[str]:
    """The schemas that some parts of a document speak of, at any depth."""
    found: set[str] = set()
    front = list(roots)
    while front:
        node = front.pop()
        if isinstance(node, list):
            front += node
        if not isinstance(node, dict):
            continue
        front += node.values()
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            front.append(document["components"]["schemas"][name])
    return found


def _guard(document: dict[str, Any]) -> None:
    """Say that every operation but those without an action needs a key."""
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path in document["paths"].values():
        for operation in path.values():
            if "x-goodcall-action" in operation:
                operation["security"] = [{"key": []}]


def as_3_0(node: Any) -> Any:  # noqa: ANN401 - a walk over any JSON
    """A JSON Schema tree in the words of OpenAPI 3.0, which knows no null type.

    >>> as_3_0({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Until"})
    {'type': 'string', 'nullable': True, 'title': 'Until'}
    """
    if isinstance(node, list):
        return [as_3_0(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: value for key, value in node.items() if key not in {"anyOf", "const", "examples"}}
    said = _alternatives(node.get("anyOf", []))
    if "const" in node:
        said["enum"] = [node["const"]]
    if isinstance(node.get("examples"), list):
        said["example"] = node["examples"][0]
    elif "examples" in node:
        said["examples"] = node["examples"]
    return said | {
        key: value if key == "example" else as_3_0(value) for key, value in plain.items()
    }


def _alternatives(options: list[dict[str, Any]]) -> dict[str, Any]:
    """What `anyOf` says, with null as a property of the alternative beside it."""
    real: list[dict[str, Any]] = [as_3_0(each) for each in options if each.get("type") != "null"]
    if len(real) == len(options):
        return {"anyOf": real} if real else {}
    if len(real) == 1 and "$ref" not in real[0]:
        # Of a list of values null is one only where it stands in it, nullable or not.
        values = {"enum": [*real[0]["enum"], None]} if "enum" in real[0] else {}
        return real[0] | values | {"nullable": True}
    return {"anyOf": real, "nullable": True}
