"""What `goodcall bank` says of a bank: its days, its tables, and what a check of them found."""

from pathlib import Path
from typing import Any

from cli.show import Show
from features import Bank, QualityReport, check_tables, open_bank
from goodcall import Text


def report_bank(speak: Show, path: Path) -> QualityReport:
    """Say what a check of the bank at `path` finds, and hand it over."""
    bank = open_bank(path)
    report = check_tables(bank)
    say_report(speak, bank, report)
    speak.hand_over(report_facts(bank, report))
    return report


def say_report(speak: Show, bank: Bank, report: QualityReport) -> None:
    """Say a bank's days, its tables, and the rows that break a contract or look doubtful."""
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


def report_facts(bank: Bank, report: QualityReport) -> dict[str, Any]:
    """What `say_report` says, for a program."""
    manifest = bank.manifest
    return {
        "bank": manifest.name,
        "path": bank.path,
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
