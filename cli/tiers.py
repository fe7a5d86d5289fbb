"""`goodcall bank tiers`: the tier of every customer, why, and whether a file was changed."""

from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from cli.errors import BadOption, NothingFound
from cli.options import BankFolder, Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of
from cli.show import Show
from features.bank import Bank, open_bank
from features.tiers.records import altered_tiers, date_of, read_tiers, write_tiers
from features.tiers.review import tier_history, tiers
from features.tiers.rules import TierRules, default_tier_rules, read_tier_rules
from features.tiers.words import STATUS_WORDS, explain_tier
from goodcall import Text, format_money

_ACTOR = "command line"
_SHOWN = 10


def tiers_command(
    bank: BankFolder,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day, such as 2026-07-01.")
    ] = None,
    customer: Annotated[
        int | None, typer.Option(help="One customer: every review, and why.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every row to this .csv, .xlsx, .parquet or .json.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Compute a written file again; exit 1 where a row differs.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="The bank's own tier rules (TOML). Default: the shipped.")
    ] = None,
    lang: Lang = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The tier of every customer, computed from the raw tables and never typed.

    Prints how many stand in each tier and who moved; with --customer the whole history of one.
    """
    speak, log = show(lang, as_json=as_json), audit_of(workspace(home))
    opened = open_bank(bank)
    read = read_tier_rules(rules) if rules else default_tier_rules()
    if verify:
        if as_of or customer is not None or out:
            raise BadOption("--verify takes its date from the file; leave the other options out")
        log.record(_ACTOR, "verify tiers", opened.manifest.name, file=verify.name)
        _verify(speak, opened, read, verify)
        return
    if as_of is None:
        raise BadOption("name the day with --as-of, such as --as-of 2026-07-01")
    day = parse_day(as_of)
    if customer is not None:
        if out:
            raise BadOption("--out writes every customer; leave --customer out")
        log.record(_ACTOR, "read tiers", f"customer {customer}", as_of=day)
        _one(speak, opened, read, day, customer)
        return
    what = "export tiers" if out else "read tiers"
    log.record(_ACTOR, what, f"customers as of {day}", file=out.name if out else None)
    with speak.progress(Text("computing tiers", "计算客户等级")) as step:
        found = tiers(opened, day, read, progress=step)
    _summary(speak, found, read, day)
    if out:
        write_tiers(out, found)
        speak.say(Text(f"written: {out}", f"已写入:{out}"))


def _summary(speak: Show, found: pa.Table, rules: TierRules, day: date) -> None:
    grouped = found.group_by(["tier", "status"]).aggregate([("customer_id", "count")]).to_pylist()
    counts = {(row["tier"], row["status"]): row["customer_id_count"] for row in grouped}
    statuses = list(STATUS_WORDS)
    codes = [tier.code for tier in reversed(rules.tiers)]
    names = {tier.code: tier.name for tier in rules.tiers} | {None: STATUS_WORDS["unknown"]}
    lines = []
    for code in (*codes, None):
        row = [counts.get((code, status), 0) for status in statuses]
        if code is not None or sum(row):
            lines.append((names[code], f"{sum(row):,}", *(f"{count:,}" for count in row)))
    speak.heading(Text(f"Tiers as of {day}", f"{day}客户等级"))
    heads = (Text("tier", "等级"), Text("customers", "客户数"))
    speak.table(
        (*heads, *STATUS_WORDS.values()), lines, right=tuple(range(1, len(STATUS_WORDS) + 2))
    )
    month = found["month"].unique().drop_null().to_pylist()
    last = f"{max(month):%Y-%m}" if month else None
    speak.say(
        Text(
            f"last month judged: {last or 'none'}; rules {rules.fingerprint}, in {rules.currency}",
            f"最近评定月份:{last or '无'};规则版本{rules.fingerprint},币种{rules.currency}",
        )
    )
    speak.hand_over(
        {
            "as_of": day,
            "last_month": last,
            "rules": rules.fingerprint,
            "inputs": found["inputs"][0].as_py() if found.num_rows else None,
            "customers": found.num_rows,
            "counts": [
                {"tier": code, "status": status, "customers": counts[code, status]}
                for code in (*reversed(codes), None)
                for status in statuses
                if (code, status) in counts
            ],
        }
    )


def _one(speak: Show, bank: Bank, rules: TierRules, day: date, customer: int) -> None:
    now = tiers(bank, day, rules, customer_ids=[customer]).to_pylist()
    history = tier_history(bank, day, rules, customer_ids=[customer]).to_pylist()
    if not now and not history:
        raise NothingFound(
            f"customer {customer} is not known as of {day}; "
            "see who is with `goodcall bank tiers BANK --as-of DATE --out FILE`"
        )
    names = {tier.code: tier.name for tier in rules.tiers}
    speak.heading(Text(f"Customer {customer} as of {day}", f"客户{customer},{day}"))
    speak.table(
        (
            Text("review", "评定日"),
            Text("tier", "等级"),
            Text("status", "状态"),
            Text("months below", "连续低于月数"),
            Text("average assets", "月日均资产"),
            Text("transactions a month", "月均交易笔数"),
            Text("contribution", "近12个月贡献"),
        ),
        [
            (
                row["reviewed"],
                names.get(row["tier"], "-"),
                STATUS_WORDS[row["status"]],
                row["months_below"],
                _money(speak, row["assets_mean_cents"], rules),
                _number(row["transactions_a_month"]),
                _money(speak, row["contribution_cents"], rules),
            )
            for row in history
        ],
        right=(3, 4, 5, 6),
    )
    reasons = [explain_tier(row, rules) for row in history]
    if now:
        newest = history[-1] | now[0] if history else now[0]
        speak.say(explain_tier(newest, rules))
    else:
        speak.say(Text("no active customer on that day", "该日已非有效客户"))
    speak.hand_over(
        {
            "customer_id": customer,
            "now": now[0] if now else None,
            "why": explain_tier(now[0], rules) if now else None,
            "history": [row | {"why": why} for row, why in zip(history, reasons, strict=True)],
        }
    )


def _verify(speak: Show, bank: Bank, rules: TierRules, path: Path) -> None:
    said = read_tiers(path)
    day = date_of(said)
    found = altered_tiers(said, tiers(bank, day, rules))
    customers = len({each.customer_id for each in found})
    for each in found[:_SHOWN]:
        if each.column is None:
            speak.say(
                Text(
                    f"customer {each.customer_id}: {each.said} rows, computed {each.computed}",
                    f"客户{each.customer_id}:文件{each.said}行,应为{each.computed}行",
                )
            )
        else:
            speak.say(
                Text(
                    f"customer {each.customer_id}: {each.column} {each.said}, "
                    f"computed {each.computed}",
                    f"客户{each.customer_id}:{each.column}为{each.said},应为{each.computed}",
                )
            )
    speak.say(
        Text(
            f"{said.num_rows:,} rows as of {day}: {customers:,} customers altered",
            f"{day}共{said.num_rows:,}行:{customers:,}个客户与计算不符",
        )
    )
    speak.hand_over(
        {
            "as_of": day,
            "rows": said.num_rows,
            "altered_customers": customers,
            "altered": [
                {
                    "customer_id": each.customer_id,
                    "column": each.column,
                    "said": each.said,
                    "computed": each.computed,
                }
                for each in found
            ],
        }
    )
    if found:
        raise typer.Exit(1)


def _money(speak: Show, cents: int | None, rules: TierRules) -> str | Text:
    if cents is None:
        return Text("not known", "未知")
    return format_money(cents, rules.currency, speak.language)


def _number(value: float | None) -> str | Text:
    return Text("not known", "未知") if value is None else f"{value:.1f}"
