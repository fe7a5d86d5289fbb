"""`goodcall bank import`: public data sets, and any bank's own files or database."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from banks import (
    BankMapping,
    Rule,
    check_mapping,
    import_bank_marketing,
    import_berka,
    import_tables,
)
from banks.time_format import has_hours
from cli.bank_report import report_bank
from cli.options import BankFolder, Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of
from cli.show import Show
from goodcall import Text

SourcePath = Annotated[Path, typer.Argument(metavar="SRC", help="Its folder, or its file.")]


def print_example(asked: bool) -> None:  # noqa: FBT001 - Typer hands an option's value over
    """Print a mapping that teaches by example, and stop, where that is asked for."""
    if asked:
        example = files("banks") / "settings" / "example-mapping.toml"
        typer.echo(example.read_text(encoding="utf-8"), nl=False)
        raise typer.Exit


def berka_command(
    source: SourcePath,
    bank: BankFolder,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """The Berka data of a Czech bank (PKDD'99)."""
    _audited(home, bank, "berka", source.name)
    import_berka(source, bank)
    report_bank(show(lang, as_json=as_json), bank)


def bank_marketing_command(
    source: SourcePath,
    bank: BankFolder,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """The UCI bank marketing data of a Portuguese bank."""
    _audited(home, bank, "bank-marketing", source.name)
    import_bank_marketing(source, bank)
    report_bank(show(lang, as_json=as_json), bank)


def tables_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SRC",
            help="A folder or file of CSV or Parquet, or sqlite:///... or postgresql+psycopg://...",
        ),
    ],
    bank: BankFolder,
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="FILE.toml", help="What feeds which raw table.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Say what would be mapped, and write nothing.")
    ] = False,
    last_day: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The last day that is covered, in place of the file's."),
    ] = None,
    example: Annotated[  # noqa: ARG001 - its callback prints and stops
        bool,
        typer.Option(
            "--example",
            callback=print_example,
            is_eager=True,
            help="Print a mapping to learn from.",
        ),
    ] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Any bank's own files or database, by a mapping of its columns to the raw tables'."""
    speak = show(lang, as_json=as_json)
    day = parse_day(last_day) if last_day else None
    if check:
        _describe(speak, check_mapping(source, mapping, last_day=day))
        return
    # A database's address may hold a password; which one it was, the mapping says.
    _audited(home, bank, "tables", mapping.name)
    with speak.progress(Text("reading", "读取中")) as step:
        import_tables(source, bank, mapping, last_day=day, progress=step)
    report_bank(speak, bank)


def _audited(home: Path | None, bank: Path, by: str, file: str) -> None:
    audit_of(workspace(home)).record("command line", "import bank", bank.name, by=by, file=file)


def _describe(speak: Show, mapping: BankMapping) -> None:
    manifest = mapping.manifest
    speak.heading(Text(f"Bank {manifest.name}", f"银行 {manifest.name}"))
    speak.say(f"{manifest.first_day} – {manifest.last_day}, {manifest.zone}, {manifest.currency}")
    rows = [
        (feed.table.name, feed.origin.said, rule.column.name, _filled(rule))
        for feed in mapping.feeds
        for rule in feed.rules
    ]
    headings = (
        Text("table", "表"),
        Text("source", "来源"),
        Text("column", "字段"),
        Text("filled with", "取值"),
    )
    speak.table(headings, rows)
    absent = _absent(mapping)
    for table, names in absent.items():
        if names:
            listed = ", ".join(names)
            speak.say(Text(f"absent from {table}: {listed}", f"{table}缺少:{listed}"))
    speak.say(Text("the mapping fits; nothing was written", "映射可用;未写入任何内容"))
    facts: dict[str, date | str] = {"bank": manifest.name, "last_day": manifest.last_day}
    keys = ("table", "source", "column", "filled_with")
    columns = [dict(zip(keys, (*row[:3], row[3].en), strict=True)) for row in rows]
    speak.hand_over(facts | {"absent": absent, "columns": columns})


def _absent(mapping: BankMapping) -> dict[str, list[str]]:
    """The columns of each mapped table that no source fills."""
    filled = {(feed.table.name, rule.column.name) for feed in mapping.feeds for rule in feed.rules}
    return {
        feed.table.name: [
            c.name for c in feed.table.columns if (feed.table.name, c.name) not in filled
        ]
        for feed in mapping.feeds
    }


def _filled(rule: Rule) -> Text:
    """What fills a column, and how."""
    if rule.numbered:
        return Text("the row's number", "行号")
    if not rule.sources:
        filled = Text(f"constant {rule.constant}", f"常量 {rule.constant}")
    else:
        said = " + ".join(rule.sources)
        filled = Text(said, said)
    added = [filled, *_ways(rule)]
    return Text(", ".join(each.en for each in added), ",".join(each.zh for each in added))


def _ways(rule: Rule) -> Iterator[Text]:
    if rule.lookup:
        said = f"{rule.lookup.origin.said}, {rule.lookup.key} -> {rule.lookup.value}"
        yield Text(f"looked up in {said}", f"查自 {said}")
    if rule.ids:
        yield Text(f"numbered as {rule.ids}", f"按{rule.ids}编号")
    if rule.codes:
        yield Text(f"by codes {', '.join(rule.codes)}", f"代码 {', '.join(rule.codes)}")
    if rule.column.type == "cents" and rule.sources:
        yield Text(f"x {10**rule.exponent} = cents", f"×{10**rule.exponent}=分")
    if rule.signs:
        yield Text(f"signed by {rule.signs.column}", f"正负按 {rule.signs.column}")
    elif rule.sign < 0:
        yield Text("sign turned", "正负相反")
    if rule.column.type == "instant":
        yield _moment(rule)


def _moment(rule: Rule) -> Text:
    hours = rule.format is not None and has_hours(rule.format)
    if hours and rule.edge is None:
        return Text(f"as of the clock in {rule.zone}", f"{rule.zone}当地时刻")
    later = (
        Text(f" {rule.days_later} days later", f"{rule.days_later}天后")
        if rule.days_later
        else Text("", "")
    )
    if rule.day_edge == "end":
        return Text(f"as the day ends{later.en}", f"{later.zh}当日结束时")
    return Text(f"as the day begins{later.en}", f"{later.zh}当日开始时")
