"""`goodcall policy decide`: what a policy answers to requests by facts in a file; no bank."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import NothingFound
from outreach import answer_to_json, judged, load_facts, load_policy, requests_in

_STDIN = "-"


def decide_command(
    policy: Annotated[Path, typer.Option("--policy", metavar="FILE", help="A policy file.")],
    facts: Annotated[
        Path,
        typer.Option(
            "--facts", metavar="FACTS.json", help="Customers, their history, the offers on sale."
        ),
    ],
    requests: Annotated[
        str,
        typer.Option(
            "--requests",
            metavar="REQ.jsonl",
            help="One request a line, each with its `now`; - reads standard input.",
        ),
    ],
    explain: Annotated[
        bool, typer.Option("--explain", help="Every rule's answer, those that pass in silence too.")
    ] = False,
) -> None:
    """Judge requests by facts in a file: one decision a line, in JSON; nothing is reserved.

    Each request is judged by the facts alone, at its own `now`: what one is allowed does not count
    for the next. Exit 1 at the first line that cannot be judged, named with what to do; decisions
    on the lines before it are printed. docs/policy.md shows both formats.
    """
    read = load_policy(policy)
    known = load_facts(facts, read)
    asked = requests_in(_lines(requests), requests)
    for decision in judged(asked, known, read):
        typer.echo(answer_to_json(decision, explain=explain))


def _lines(requests: str) -> Iterator[bytes]:
    """The lines of a file, or of standard input, read one by one."""
    if requests == _STDIN:
        yield from sys.stdin.buffer
        return
    try:
        with Path(requests).open("rb") as file:
            yield from file
    except OSError as error:
        raise NothingFound(
            f"requests {requests} cannot be read: {error}; name a file with one JSON request a "
            "line, or - for standard input"
        ) from error
