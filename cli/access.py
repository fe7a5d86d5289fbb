"""`goodcall access matrix` and `servings`: who may see and do what, and who is served now."""

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from cli.clock import now
from cli.options import As, Home, Json, Lang, show, workspace
from cli.proving import access_of, acting
from cli.show import Show
from goodcall import Text
from goodcall.atomic import write_file
from governance import ABOUT_CUSTOMERS, ACTIONS, SCOPES, Access, Cell, matrix

_MARK = {"own": "O", "branch": "B", "serving": "S", "all": "A", "pseudonymous": "P"}


def matrix_command(
    role: Annotated[str | None, typer.Option(help="Only this role.")] = None,
    to_csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every cell to this CSV file.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Print what each role may do, for whom, as found by asking the rules themselves.

    A stands for every customer (and for what is about the bank), B for those of the person's
    branches, O for the person's own, S for the one being served now, P for pseudonyms.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    access = access_of(place)
    cells = [each for each in matrix(access) if role is None or each.role == role]
    if not cells:
        speak.aside(
            Text(
                f"there is no role {role!r}; known: {', '.join(access.roles)}",
                f"没有岗位{role!r};已有:{'、'.join(access.roles)}",
            )
        )
        raise typer.Exit(1)
    if to_csv:
        write_file(to_csv, matrix_csv(cells).encode())
    _print_matrix(speak, access, cells)
    speak.hand_over(
        {
            "version": access.version,
            "cells": [
                {"role": c.role, "action": c.action, "scope": c.scope, "allowed": c.allowed}
                for c in cells
            ],
        }
    )


def servings_command(
    name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """Show which customers are being served now: by whom, on what evidence, until when."""
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.read") as at:
        at.record("read servings", "all")
        found = at.store.servings(now())
    speak.table(
        (
            *("#", Text("who", "人员"), Text("customer", "客户"), Text("evidence", "凭据")),
            Text("until (UTC)", "截止(UTC)"),
        ),
        [
            (e.serving_id, e.who, e.customer_id, e.evidence, f"{e.ends_at:%Y-%m-%d %H:%M}")
            for e in found
        ],
        right=(0, 2),
    )
    if not found:
        speak.say(Text("nobody is being served", "当前没有正在服务的客户"))
    speak.hand_over(
        [
            {"serving_id": e.serving_id, "who": e.who, "customer_id": e.customer_id}
            | {"evidence": e.evidence, "opened_at": e.opened_at, "ends_at": e.ends_at}
            for e in found
        ]
    )


def matrix_csv(cells: list[Cell]) -> str:
    """The matrix as CSV, a line a cell."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("role", "action", "scope", "allowed"))
    table.writerows((c.role, c.action, c.scope, "yes" if c.allowed else "no") for c in cells)
    return out.getvalue()


def _print_matrix(speak: Show, access: Access, cells: list[Cell]) -> None:
    """A row an action, a column a role; in each the letters of the rows that are open."""
    roles = tuple(dict.fromkeys(cell.role for cell in cells))
    open_ones = {(c.role, c.action, c.scope) for c in cells if c.allowed}
    rows = []
    for action in ACTIONS:
        reach = SCOPES if action in ABOUT_CUSTOMERS else ("all",)
        row = [
            "".join(_MARK[scope] for scope in reach if (role, action, scope) in open_ones)
            for role in roles
        ]
        rows.append((action, *("A" if "A" in each else each or "·" for each in row)))
    speak.heading(Text(f"Access, version {access.version}", f"权限,版本{access.version}"))
    speak.table((Text("action", "操作"), *(access.roles[role].name for role in roles)), rows)
    speak.say(
        Text(
            "A every customer, or the bank; B of the branches; O own; S being served; P pseudonyms",
            "A 全部客户或银行本身;B 所属网点;O 本人名下;S 正在服务;P 假名",
        )
    )
