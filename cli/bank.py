"""`goodcall bank`: raw tables, simulated, imported or checked."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from banks import import_bank_marketing, import_berka, simulate, truth_folder, worlds
from cli.options import BankFolder, Json, Lang, Seed, show
from cli.show import Show
from features import QualityReport, check_tables, open_bank
from goodcall import Text

app = typer.Typer(
    no_args_is_help=True,
    help="Raw tables of a bank: simulate one, import real data, check the contracts.",
)


class Source(StrEnum):
    """Public data sets that have an importer."""

    BERKA = "berka"
    BANK_MARKETING = "bank-marketing"


@app.command("simulate")
def simulate_command(
    bank: BankFolder,
    customers: Annotated[int, typer.Option(help="How many customers.")] = 5_000,
    months: Annotated[int, typer.Option(help="How many months of history, 7 or more.")] = 24,
    seed: Seed = 1,
    world: Annotated[
        str, typer.Option(help=f"The world's laws: {', '.join(worlds())}.")
    ] = "default",
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Make a bank up: customers, accounts, transactions, contacts and what came of them.

    Everything that stays hidden in a real bank (needs, effects of a contact, reasons to leave) is
    written to a folder of its own beside the bank, for measuring only.
    """
    speak = show(lang, as_json=as_json)
    with speak.progress(Text("simulating", "模拟中")) as step:
        simulate(bank, customers=customers, months=months, seed=seed, world=world, progress=step)
    _report(speak, bank)
    speak.say(Text(f"the hidden truth: {truth_folder(bank)}", f"隐藏真值:{truth_folder(bank)}"))


@app.command("import")
def import_command(
    data: Annotated[Source, typer.Argument(help="Which data set.")],
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Its folder, or its file.")],
    bank: BankFolder,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Turn real data into the same raw tables; what the source lacks is absent, never invented."""
    speak = show(lang, as_json=as_json)
    if data is Source.BERKA:
        import_berka(source, bank)
    else:
        import_bank_marketing(source, bank)
    _report(speak, bank)


@app.command("check")
def check_command(bank: BankFolder, lang: Lang = None, as_json: Json = False) -> None:
    """Hold every table against its contract; exit with 1 when one is broken."""
    speak = show(lang, as_json=as_json)
    if _report(speak, bank).broken:
        raise typer.Exit(1)


def _report(speak: Show, path: Path) -> QualityReport:
    bank = open_bank(path)
    report = check_tables(bank)
    manifest = bank.manifest
    speak.heading(Text(f"Bank {manifest.name}", f"银行 {manifest.name}"))
    speak.say(
        f"{manifest.first_day} – {manifest.last_day}, {manifest.zone}, {manifest.currency}, "
        f"{manifest.source}"
    )
    size = {name: bank.file(name).stat().st_size for name in report.row_counts}
    speak.table(
        (Text("table", "表"), Text("rows", "行数"), Text("MiB", "MiB")),
        [(name, f"{n:,}", f"{size[name] / 2**20:.1f}") for name, n in report.row_counts.items()],
        right=(1, 2),
    )
    for finding in report.findings:
        kind = Text("BROKEN", "违约") if finding.broken else Text("doubtful", "存疑")
        speak.say(
            f"{kind.to(speak.language)}: {finding.table}: {finding.rows:,} × {finding.reason} "
            f"({'; '.join(finding.examples)})"
        )
    if not report.findings:
        speak.say(Text("every contract is kept, nothing looks doubtful", "全部符合约定,无存疑数据"))
    speak.hand_over(
        {
            "bank": manifest.name,
            "path": path,
            "first_day": manifest.first_day,
            "last_day": manifest.last_day,
            "zone": manifest.zone,
            "currency": manifest.currency,
            "rows": report.row_counts,
            "versioned": list(report.versioned),
            "findings": [
                {
                    "table": finding.table,
                    "reason": finding.reason,
                    "rows": finding.rows,
                    "examples": list(finding.examples),
                    "broken": finding.broken,
                }
                for finding in report.findings
            ],
        }
    )
    return report
