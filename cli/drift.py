"""`goodcall features drift`: which features no longer look as they did on the first date."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from cli.errors import BadOption
from cli.options import Home, Json, Lang, show, workspace
from cli.show import Show, Step
from features import CATALOG, Catalog, read_mark, read_snapshot, stored_dates
from goodcall import Language, Text
from goodcall.atomic import write_file
from training.monitoring.drift import Verdict, drift_over, most_drifted, verdict_of

_FEWEST_DATES = 2
_VERDICTS: dict[Verdict, Text] = {
    "steady": Text("steady", "稳定"),
    "moving": Text("moving", "有变化"),
    "changed": Text("changed", "显著变化"),
}


def drift_command(
    store: Annotated[
        Path | None,
        typer.Option(help="The folder of snapshots. Default: the workspace's.", file_okay=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--feature", metavar="NAME", help="Every date of one feature, instead."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many features to list.")] = 20,
    svg: Annotated[
        Path | None,
        typer.Option(
            help="Draw the feature, else the one that moved most, into this file.", dir_okay=False
        ),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """List the features whose values moved most since the store's first date.

    The measure is the population stability index over the deciles of the first date, a missing
    value being a part of its own: below 0.10 steady, above 0.25 changed. Each feature is listed
    with the date on which it was furthest away.
    """
    speak = show(lang, as_json=as_json)
    where = store or workspace(home).snapshots
    days = stored_dates(where)
    if len(days) < _FEWEST_DATES:
        raise BadOption(
            f"drift needs {_FEWEST_DATES} dates or more, and {where} holds {len(days)}; "
            "build more with `goodcall features build`"
        )
    catalog = CATALOG.speaking(read_mark(where, days[0]).currency)
    names = None if name is None else (catalog.get(name).name,)
    with speak.progress(Text("reading snapshots", "读取快照")) as step:
        drifts = drift_over(_each(where, catalog, days, step), names)
    listed = drifts if name else most_drifted(drifts, top)
    _print(speak, listed, catalog, days[0])
    if svg:
        drawn = name or most_drifted(drifts, 1)["feature"][0].as_py()
        write_file(svg, _picture(where, catalog, days, drawn, speak.language))
        speak.say(Text(f"{drawn}, written: {svg}", f"{drawn},已写入:{svg}"))
    speak.hand_over(
        {
            "store": where,
            "first": days[0],
            "fingerprint": catalog.fingerprint,
            "features": listed.to_pylist(),
            "svg": svg,
        }
    )


def _each(where: Path, catalog: Catalog, days: tuple[date, ...], step: Step) -> Iterator[pa.Table]:
    """One date's snapshot after the other, so that no more than two are held."""
    for done, day in enumerate(days):
        step(done, len(days))
        yield read_snapshot(where, catalog, [day])


def _picture(
    where: Path, catalog: Catalog, days: tuple[date, ...], name: str, language: Language
) -> bytes:
    from training.monitoring.figures import plot_drift, svg_of  # noqa: PLC0415 - Matplotlib loads slowly

    columns = ["customer_id", "as_of", name]
    rows = pa.concat_tables(read_snapshot(where, catalog, [day]).select(columns) for day in days)
    return svg_of(plot_drift(rows, name, catalog, language=language))


def _print(speak: Show, listed: pa.Table, catalog: Catalog, first: date) -> None:
    speak.say(Text(f"against {first}", f"与{first}比较"))
    speak.table(
        (
            *(Text("feature", "特征"), Text("meaning", "含义"), Text("date", "日期")),
            *("PSI", Text("by chance up to", "随机波动上限"), Text("verdict", "结论")),
            *(Text("missing first", "首日缺失"), Text("missing then", "当日缺失")),
        ),
        [_line(row, catalog) for row in listed.to_pylist()],
        right=(3, 4, 6, 7),
    )


def _line(row: dict[str, Any], catalog: Catalog) -> tuple[object, ...]:
    return (
        *(row["feature"], catalog.get(row["feature"]).meaning, row["as_of"]),
        *(f"{row['psi']:.3f}", f"{row['noise']:.3f}", _VERDICTS[verdict_of(row["psi"])]),
        *(f"{row['missing_first']:.1%}", f"{row['missing']:.1%}"),
    )
