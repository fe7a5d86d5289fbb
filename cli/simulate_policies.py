"""`goodcall simulate policies`: every policy in the same made-up banks, judged by their truth."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from banks import world_named, worlds
from cli.errors import BadOption, CommandError
from cli.loop.comparison import SEEDS, WORLDS, Comparison, Contacts, Run, Store
from cli.loop.crew import Progress, hired, work_off
from cli.loop.judging import Judge
from cli.loop.players import POLICIES
from cli.loop.policies_page import policies_page
from cli.loop.work import jobs_of
from cli.options import Json, Lang, show
from cli.reporting import Html, Xlsx, give
from cli.show import Show
from cli.simulate import Labels, Past, Rules, rules_text
from goodcall import Text
from outreach import parse_policy

# What a quick look takes: a world with effects and one without, under two seeds.
_QUICK_WORLDS, _QUICK_SEEDS = ("default", "no_effect"), SEEDS[:2]
_MINUTE = 60
# What is told on the terminal.
_BRIEF = ("verdicts", "zero", "holdout", "uniform", "gates", "push", "missing")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a comparison is: customers of a bank, months of contacts, months to retraining,
    and what limits contacts.
    """  # noqa: D205 - one sentence

    customers: int
    months: int
    every: int
    contacts: Contacts


_FULL, _QUICK = Size(10_000, 12, 3, "both"), Size(1_000, 6, 6, "capacity")


class Limit(StrEnum):
    """What limits how many contacts a policy makes."""

    CAPACITY = "capacity"
    EQUAL = "equal"
    BOTH = "both"


def policies_command(
    out: Annotated[
        Path,
        typer.Option(
            help="The folder of results; what is finished there is not done again.",
            file_okay=False,
        ),
    ],
    world: Annotated[
        list[str] | None,
        typer.Option(
            help=f"A world, as often as wanted, of {', '.join(worlds())}. "
            f"Default: {', '.join(WORLDS)}."
        ),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            help=f"A seed, as often as wanted. Default: {SEEDS[0]} to {SEEDS[-1]}, which are for "
            "judging alone; tune on others.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1, max=len(SEEDS), help="So many of the seeds for judging, from the first."
        ),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help=f"A policy, as often as wanted, of {', '.join(POLICIES)}. Default: all."),
    ] = None,
    contacts: Annotated[
        Limit | None,
        typer.Option(
            help="Limit policies by the managers' minutes, to goodcall's contacts of each month, "
            f"or run them under both limits. Default: {_FULL.contacts}, or {_QUICK.contacts} with "
            "--quick."
        ),
    ] = None,
    customers: Annotated[
        int | None,
        typer.Option(
            min=200,
            help=f"Customers of each bank. Default: {_FULL.customers:,}, or {_QUICK.customers:,} "
            "with --quick.",
        ),
    ] = None,
    months: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=60,
            help=f"Months of contacts. Default: {_FULL.months}, or {_QUICK.months} with --quick.",
        ),
    ] = None,
    past: Past = 18,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Months after which models are trained anew, if not before. Default: "
            f"{_FULL.every}, or {_QUICK.every} with --quick.",
        ),
    ] = None,
    labels: Labels = None,
    rules: Rules = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes at work. Default: one a core.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help=f"A look: two seeds, the worlds {' and '.join(_QUICK_WORLDS)}, small banks.",
        ),
    ] = False,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="K/N", help="Run the K-th of N shares of the worlds and seeds; report on all."
        ),
    ] = None,
    html: Html = None,
    xlsx: Xlsx = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Run policies in the same made-up banks, and tell which is ahead, with intervals over seeds.

    Under one seed every policy meets the same customers with the same luck. A bank is founded once
    for each world and seed. Killed and started again with the same options it goes on where it was;
    in parts, give all parts one folder, which also keeps the contact policy that all were worth so
    much by (policy.toml). A run that fails is told, stops no other, and makes the exit code 1.
    """
    speak, size = show(lang, as_json=as_json), _QUICK if quick else _FULL
    comparison = Comparison(
        worlds=_worlds(world, quick=quick),
        seeds=_seeds(seed, seeds, quick=quick),
        policies=tuple(policy) if policy else POLICIES,
        contacts=contacts.value if contacts else size.contacts,
        customers=customers or size.customers,
        past=past,
        months=months or size.months,
        every=every or size.every,
        labels=labels,
    )
    pairs = comparison.pairs if part is None else comparison.pairs[_share(part)]
    terms = parse_policy(rules_text(rules))
    store = Store(out.resolve(), terms.text)
    store.claim(comparison)
    with store.alone(pairs):
        failed = _run(speak, store, comparison, pairs, jobs or os.cpu_count() or 1)
    runs = tuple(comparison.runs())
    outcomes = store.outcomes(runs)
    missing = [run for run in runs if not store.result(run).exists()]
    page = policies_page(
        Judge(outcomes),
        missing,
        currency=terms.currency,
        facts=_facts(comparison, terms.version) | {"failed": failed},
        idle=[name for name in comparison.worlds if _idle(name)],
        uniform=[name for name in comparison.worlds if _uniform(name)],
    )
    give(speak, page, html, xlsx, brief=_BRIEF)
    if failed:
        raise CommandError(
            f"runs that failed: {len(failed)}, the first of them {next(iter(failed))}: "
            f"{next(iter(failed.values()))}; mend that and start again"
        )


def _run(
    speak: Show,
    store: Store,
    comparison: Comparison,
    pairs: tuple[tuple[str, int], ...],
    hands: int,
) -> dict[str, str]:
    """Do what is left of some pairs; what went wrong, by the name of the run."""
    left = jobs_of(store, comparison, pairs)
    if not left:
        return {}
    names = {run.name: run for run in comparison.runs(pairs)}
    with hired(min(hands, len(left))) as pool:
        return work_off(left, pool, hands, _teller(speak, store, comparison, names))


def _teller(
    speak: Show, store: Store, comparison: Comparison, names: dict[str, Run]
) -> Callable[[Progress], None]:
    """What says of each job that ended how far all are, and clears away what nobody needs."""

    def tell(told: Progress) -> None:
        speak.aside(_progress(told))
        if told.job.name in names:
            store.clear(comparison, names[told.job.name].pair)

    return tell


def _progress(told: Progress) -> Text:
    minutes = round(told.left_seconds / _MINUTE)
    en, zh = ("done", "完成") if told.error is None else ("FAILED", "失败")
    why = f": {told.error}" if told.error else ""
    return Text(
        f"{told.done} of {told.total}, about {minutes} min left; {en}: {told.job.name}{why}",
        f"{told.done}/{told.total},约剩{minutes}分钟;{zh}:{told.job.name}{why}",
    )


def _worlds(world: list[str] | None, *, quick: bool) -> tuple[str, ...]:
    if quick and world:
        raise BadOption("--quick has its own worlds; leave --world out, or --quick")
    return tuple(world) if world else _QUICK_WORLDS if quick else WORLDS


def _seeds(seed: list[int] | None, count: int | None, *, quick: bool) -> tuple[int, ...]:
    if seed and count:
        raise BadOption("--seed and --seeds are both given; name seeds, or how many, not both")
    if quick and (seed or count):
        raise BadOption("--quick has its own seeds; leave --seed and --seeds out, or --quick")
    if seed:
        return tuple(seed)
    return _QUICK_SEEDS if quick else SEEDS[:count]


def _share(part: str) -> slice:
    """Which pairs a part takes: every N-th, from the K-th."""
    try:
        number, of = map(int, part.split("/"))
    except ValueError as error:
        raise BadOption(f"part {part!r} does not read; write one such as 2/5") from error
    if not 1 <= number <= of:
        raise BadOption(f"part {part!r} is none; write K/N with K from 1 to N, such as 2/5")
    return slice(number - 1, None, of)


def _idle(name: str) -> bool:
    """Whether contacts change nothing in a world, neither for good nor for ill."""
    contacts = world_named(name).contacts
    return not any((*contacts.effect.values(), *contacts.care.values(), *contacts.push.values()))


def _uniform(name: str) -> bool:
    """Whether contacts change everybody's chances by the same in a world, if at all."""
    told = world_named(name).contacts
    spreads = (told.effect_spread, told.care_spread, told.push_spread, 1 - told.low_heeds)
    unlike = (told.sleeping_dogs, told.lost_causes, told.sure_things)
    return _idle(name) or not any((*spreads, *unlike))


def _facts(comparison: Comparison, rules: str) -> dict[str, Any]:
    return {
        "made_up": True,
        "worlds": comparison.worlds,
        "seeds": comparison.seeds,
        "policies": comparison.policies,
        "contacts": comparison.contacts,
        "customers": comparison.customers,
        "past": comparison.past,
        "months": comparison.months,
        "every": comparison.every,
        "rules": rules,
    }
