"""`goodcall simulate map`: what is possible at all, and what Goodcall reaches, place by place."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from banks import worlds
from cli.loop.crew import hired
from cli.loop.possible import Grid, cells_of, looked, turns_of, worked
from cli.loop.possible_page import possible_page
from cli.options import Json, Lang, show
from cli.reporting import Html, Xlsx, give
from cli.simulate import Labels, Months, Rules, rules_text
from goodcall import Text
from outreach import parse_policy

_GRID = Grid()
# The months of habit that models are trained on, where Goodcall works.
_TAUGHT = 18


def _often(values: Sequence[float]) -> str:
    return f"As often as wanted; default: {', '.join(f'{each:g}' for each in values)}."


def map_command(
    world: Annotated[
        str, typer.Option(help=f"The world that is changed: {', '.join(worlds())}.")
    ] = _GRID.world,
    effect: Annotated[
        list[float] | None,
        typer.Option(help=f"A factor on what contacts change. {_often(_GRID.effects)}"),
    ] = None,
    minutes: Annotated[
        list[float] | None,
        typer.Option(help=f"A factor on the managers' minutes. {_often(_GRID.minutes)}"),
    ] = None,
    observed: Annotated[
        list[float] | None,
        typer.Option(help=f"The share of a need's variance that shows. {_often(_GRID.observed)}"),
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(min=0, help=f"A seed. {_often(_GRID.seeds)}")
    ] = None,
    customers: Annotated[
        int, typer.Option(min=200, help="Customers of each bank.")
    ] = _GRID.customers,
    months: Months = _GRID.months,
    past: Annotated[
        int | None,
        typer.Option(
            min=4,
            max=60,
            help="Months lived by the managers' habits before. "
            f"Default: {_GRID.past}, or {_TAUGHT} with --goodcall.",
        ),
    ] = None,
    goodcall: Annotated[
        bool,
        typer.Option(
            "--goodcall",
            help="Let Goodcall work at every place, too: some minutes of processor for each place "
            "and seed.",
        ),
    ] = False,
    labels: Labels = None,
    rules: Rules = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes at work. Default: one a core.")
    ] = None,
    html: Html = None,
    xlsx: Xlsx = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Map what oracles reach against product push at equal contacts, in made-up banks.

    At every place of the grid contacts change so many times as much as in the world, managers have
    so many times the minutes, and so much of what customers need shows. One oracle is after net
    value, one after purchases, one after less churn, and three weigh the latter two. Places where
    one of them has both 30 % more purchases and 15 % less churn have a frame, broken where the
    interval does not show it. With --goodcall Goodcall works there too, with models trained before
    the first month. Equal options give equal results, however many processes are at work.
    """
    speak = show(lang, as_json=as_json)
    grid = Grid(
        world,
        effects=tuple(effect or _GRID.effects),
        minutes=tuple(minutes or _GRID.minutes),
        observed=tuple(observed or _GRID.observed),
        seeds=tuple(seed or _GRID.seeds),
        customers=customers,
        past=past or (_TAUGHT if goodcall else _GRID.past),
        months=months,
        goodcall=goodcall,
        labels=labels,
        rules=rules_text(rules),
    )
    tasks, outcomes = grid.tasks, []
    hands = jobs or os.cpu_count() or 1
    with hired(min(hands, len(tasks) * len(grid.minutes))) as pool:
        with speak.progress(Text("looking", "探查")) as step:
            for done, found in enumerate(pool.map(looked, tasks), start=1):
                outcomes += found
                step(done, len(tasks))
        if turns := turns_of(grid, outcomes):
            with speak.progress(Text("Goodcall at work", "Goodcall工作中")) as step:
                for done, one in enumerate(pool.map(worked, turns), start=1):
                    outcomes.append(one)
                    step(done, len(turns))
    currency = parse_policy(grid.rules).currency
    give(speak, possible_page(grid, cells_of(grid, outcomes), currency=currency), html, xlsx)
