"""From an access file to the rules, or to an error that says which line to change, and how."""

import hashlib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from goodcall import Text
from goodcall.section import Section, read_text, read_toml
from governance.access import ABOUT_THE_BANK, ACTIONS, SCOPES, Access, Role, Scope
from governance.errors import AccessError
from governance.masks import mask_of
from governance.pseudonyms import Pseudonyms
from governance.sign_on import read_sign_on

_VERSION_LENGTH = 12
_MOST_DAYS = 366
_EVERYTHING = "everything"

# The fields of every answer by class.
Payloads = dict[str, dict[str, tuple[str, ...]]]


def load_access(path: Path, pseudonyms: Pseudonyms | None = None) -> Access:
    """The rules in a file; the shipped ones where the workspace has none of its own there.

    Without `pseudonyms` nothing is answered to who works under them.
    """
    if path.exists():
        access = parse_access(read_text(path, "access file", AccessError), str(path))
    else:
        access = parse_access(default_access_text())
    return replace(access, pseudonyms=pseudonyms)


def default_access_text() -> str:
    """The access file that Goodcall ships, for a bank to start from."""
    return (files("governance") / "access.toml").read_text(encoding="utf-8")


def parse_access(text: str, file: str = "access.toml") -> Access:
    """The rules that a TOML text says; `file` is the name that errors use."""
    document = read_toml(text, file, AccessError)
    named = document.table("classes")
    classes = tuple(name for name in named.said if named.text(name))
    payloads = _payloads(document.table("fields"), classes)
    rules = document.table("rules")
    rules.only(*classes, what="class")
    secrets = {name: frozenset(rules.texts(name)) for name in rules.said}
    personal, grants = document.table("personal"), document.table("grants")
    hidden = personal.texts("classes", classes)
    section = document.table("role", "tables [role.NAME]")
    roles = _untold(section, _roles(section, payloads, classes, hidden), secrets)
    access = Access(
        version=hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LENGTH],
        text=text,
        roles=roles,
        payloads=payloads,
        ids=frozenset(personal.texts("ids")),
        grantable=frozenset(grants.texts("actions", _grantable())),
        longest_grant_days=grants.whole("longest_days", 1, _MOST_DAYS),
        sign_on=document.optional("sign_on", lambda key: read_sign_on(document.table(key), roles)),
    )
    for part in (rules, personal, grants, document):
        part.done()
    return access


def _payloads(section: Section, classes: tuple[str, ...]) -> Payloads:
    found: Payloads = {}
    for name in section.said:
        fields = section.table(name)
        fields.only(*classes, what="class")
        found[name] = {each: fields.texts(each) for each in fields.said}
        seen: dict[str, str] = {}
        for each, names in found[name].items():
            for field in names:
                _refuse_overlap(fields, field, each, seen)
                seen[field] = each
    return found


def _refuse_overlap(section: Section, field: str, into: str, seen: dict[str, str]) -> None:
    """A field stands in one class, and so does all that is below it."""
    parts = field.split(".")
    if not all(part.isidentifier() for part in parts):
        raise section.refuse(
            f"{field!r} is no name of a field", "write names joined by dots", key=into
        )
    for other, its in seen.items():
        short, long = sorted((parts, other.split(".")), key=len)
        if long[: len(short)] == short:
            raise section.refuse(
                f"{field} in {into} and {other} in {its} speak of the same field",
                "leave each field in one class",
                key=into,
            )


def _grantable() -> tuple[str, ...]:
    """What may be granted: nothing about the bank, or a grant would make grants."""
    return tuple(each for each in ACTIONS if each not in ABOUT_THE_BANK)


def _roles(
    section: Section, payloads: Payloads, classes: tuple[str, ...], hidden: tuple[str, ...]
) -> dict[str, Role]:
    found = {name: _role(section.table(name), name, payloads, classes) for name in section.said}
    for name, role in found.items():
        part = section.table(name)
        if role.pseudonymous:
            _refuse_names(
                part, role, classes if role.fields is None else part.texts("sees"), hidden
            )
    return found


def _untold(
    section: Section, roles: dict[str, Role], secrets: dict[str, frozenset[str]]
) -> dict[str, Role]:
    """The roles with the rules that each is not told: those of the classes that it does not see."""
    found = {}
    for name, role in roles.items():
        sees = () if role.fields is None else section.table(name).texts("sees")
        hidden = [rules for each, rules in secrets.items() if each not in sees]
        untold = frozenset[str]().union(*hidden) if role.fields is not None else frozenset[str]()
        found[name] = replace(role, untold=untold)
    return found


def _role(section: Section, name: str, payloads: Payloads, classes: tuple[str, ...]) -> Role:
    words, may = section.table("name", 'name = { en = "...", zh = "..." }'), section.table("may")
    said: dict[str, set[Scope]] = {}
    may.only(*SCOPES, what="scope")
    for scope in SCOPES:
        for action in may.optional(scope, lambda key: may.texts(key, ACTIONS)) or ():
            if action in ABOUT_THE_BANK and scope != "all":
                raise may.refuse(
                    f"{action} is about the bank and stands under {scope}",
                    "put it under all",
                    key=scope,
                )
            said.setdefault(action, set()).add(scope)
    fields = _seen(section, payloads, classes)
    role = Role(
        id=name,
        name=Text(words.text("en"), words.text("zh")),
        may={action: frozenset(scopes) for action, scopes in said.items()},
        masks=None if fields is None else {each: mask_of(_of(fields, each)) for each in payloads},
        fields=fields,
        programs=section.optional("programs", section.flag) or False,
    )
    for part in (words, section):
        part.done()
    return role


def _seen(section: Section, payloads: Payloads, classes: tuple[str, ...]) -> frozenset[str] | None:
    """The fields that a role sees, each with its answer's name; None of one that sees all."""
    if section.said.get("sees") == _EVERYTHING:
        section.text("sees")
        section.optional("hides", section.texts)
        if "hides" in section.said:
            raise section.refuse(
                "hides stands beside everything", "name the classes in sees", key="hides"
            )
        return None
    sees = section.texts("sees", classes)
    whole = {
        f"{name}.{field}"
        for name, fields in payloads.items()
        for each in sees
        for field in fields.get(each, ())
    }
    every = tuple(f"{n}.{f}" for n, fs in payloads.items() for names in fs.values() for f in names)
    return frozenset(
        whole.difference(section.optional("hides", lambda k: section.texts(k, every)) or ())
    )


def _of(fields: frozenset[str], payload: str) -> list[str]:
    """The fields of one answer, in a fixed order, without its name."""
    return sorted(
        each.removeprefix(f"{payload}.") for each in fields if each.startswith(f"{payload}.")
    )


def _refuse_names(
    section: Section, role: Role, sees: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    """Who works under pseudonyms sees nothing personal, and nobody under both names."""
    shown = [each for each in sees if each in hidden]
    if shown:
        raise section.refuse(
            f"{role.id} works under pseudonyms and sees {', '.join(shown)}",
            f"leave out of sees what is personal: {', '.join(hidden)}",
            key="sees",
        )
    for action, scopes in role.may.items():
        if action not in ABOUT_THE_BANK and scopes != {"pseudonymous"}:
            raise section.refuse(
                f"{role.id} does {action} under true numbers beside what it does under pseudonyms",
                "who sees both can tell who is who: put every action about customers under "
                "pseudonymous, or none",
                key="may",
            )
