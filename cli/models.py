"""`goodcall train` and `goodcall models`: learn, log, register, look; cli.champions promotes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.capacity import daily_contacts
from cli.champions import Label
from cli.errors import NothingFound
from cli.learn import Learned, Round, learn, usual_dates
from cli.options import BankFolder, Home, Json, Lang, Seed, bank_in, parse_days, show, workspace
from cli.records import audit_of
from cli.show import Show
from goodcall import Text
from models import Card, Estimate
from training import (
    Registered,
    Use,
    default_labels,
    list_models,
    read_labels,
    show_model,
)


def train_command(
    bank: BankFolder,
    trials: Annotated[
        int, typer.Option(min=0, help="Optuna trials a label; 0 keeps the defaults.")
    ] = 0,
    dates: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE[,DATE...]",
            help="Dates to learn from. Default: the latest twelve firsts of a month.",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="A TOML file of labels. Default: leaving, the next product, growth."),
    ] = None,
    capacity: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many customers a date's list holds, of which precision is told. Default: the "
            "contacts of a day that the workspace's policy and the managers' minutes allow; "
            "without a policy, the best tenth.",
        ),
    ] = None,
    seed: Seed = 1,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Train a model for every label, measure it on rows it has not seen, log and register it.

    The first model of a label becomes its champion. A later one is the challenger until
    `goodcall models promote` has shown it to be better and made it champion.
    """
    speak = show(lang, as_json=as_json)
    opened = bank_in(workspace(home), bank)
    wanted = read_labels(labels) if labels else default_labels()
    chosen = parse_days(dates) if dates else usual_dates(opened, wanted)
    if not chosen:
        raise NothingFound(
            f"bank {opened.manifest.name} has too short a history to learn from; it needs half a "
            "year before the first date and the label's horizon after it, or name --as-of"
        )
    use = Use(capacity or daily_contacts(workspace(home), opened))
    how = Round(chosen, wanted, seed, trials, datetime.now(UTC), use)
    audit_of(workspace(home)).record(
        "command line",
        "train models",
        ", ".join(each.name for each in wanted),
        bank=opened.manifest.name,
        as_of=chosen,
    )
    with speak.progress(Text("training", "训练中")) as step:
        learned = learn(workspace(home), opened, how, tell=lambda _: None, step=step)
    print_learned(speak, learned)
    speak.hand_over(
        {
            "as_of": list(learned.dates),
            "rows": learned.rows,
            "models": [_facts(each) for each in learned.registered],
            "left_out": dict(learned.left_out),
        }
    )
    if not learned.registered:
        raise typer.Exit(1)


def list_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Every registered version with its role and its figures."""
    speak = show(lang, as_json=as_json)
    found = list_models(workspace(home))
    if not found:
        speak.say(Text("no model yet; run `goodcall train`", "暂无模型,请运行 goodcall train"))
    else:
        print_models(speak, found)
    speak.hand_over([_facts(each) for each in found])


def show_command(
    label: Label,
    version: Annotated[
        int | None, typer.Option(help="Which version. Default: the champion.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """A model's card: what it predicts, what it learned from, how good it is, where it fails."""
    speak = show(lang, as_json=as_json)
    found = show_model(workspace(home), label, version)
    print_card(speak, found)
    speak.hand_over(_facts(found))


def print_learned(speak: Show, learned: Learned) -> None:
    """What a round of training brought, and how it was measured."""
    print_models(speak, learned.registered)
    ways: dict[Text, list[str]] = {}
    for each in learned.registered:
        ways.setdefault(each.card.measured, []).append(each.label)
    for way, labels in ways.items():
        who = ", ".join(labels)
        speak.say(Text(f"{who}: {way.en}", f"{who}:{way.zh}"))
    for label, why in learned.left_out:
        speak.say(Text(f"not trained: {label}: {why}", f"未训练:{label}:{why}"))


def print_models(speak: Show, models: tuple[Registered, ...]) -> None:
    """Registered models as a table; every figure with its 95 % interval."""
    speak.table(
        (
            Text("label", "标签"),
            Text("version", "版本"),
            Text("role", "角色"),
            Text("rows", "行数"),
            Text("positives", "正样本"),
            Text("AUC", "AUC"),
            Text("over plain logistic", "较逻辑回归"),
            Text("lift of top tenth", "前10%提升"),
            Text("ECE", "ECE"),
        ),
        [_line(each) for each in models],
        right=(1, 3, 4),
    )


def print_card(speak: Show, found: Registered) -> None:
    """A model's card."""
    card = found.card
    speak.heading(f"{card.label} v{found.version} {found.role}")
    speak.say(card.meaning)
    speak.say(card.measured)
    speak.say(
        Text(
            f"{card.rows:,} rows, {card.positives:,} positives, {len(card.features)} features of "
            f"catalogue {card.fingerprint}, hash {card.content_hash[:12]}",
            f"{card.rows:,}行,正样本{card.positives:,},特征{len(card.features)}个"
            f"(目录{card.fingerprint}),哈希{card.content_hash[:12]}",
        )
    )
    rule = {name.removesuffix("_rule"): name for name in card.metrics if name.endswith("_rule")}
    names = sorted(set(card.metrics) - set(rule.values()))
    beside = Text("plain logistic", "逻辑回归")
    if card.kind == "effect":
        beside = Text("chance times the average", "概率乘以平均效果")
    speak.table(
        (Text("measure", "指标"), Text("model", "模型"), beside, Text("rule", "规则")),
        [
            (
                *(name, interval(card.metrics[name]), interval(card.baseline.get(name))),
                interval(card.metrics.get(rule.get(name, ""))),
            )
            for name in names
        ],
    )
    if card.over_baseline:
        speak.say(
            Text(
                f"AUC over the plain logistic model, paired: {interval(card.over_baseline)}",
                f"AUC较逻辑回归(配对差):{interval(card.over_baseline)}",
            )
        )
    for reason, count in card.excluded.items():
        speak.say(Text(f"left out: {count:,} x {reason}", f"剔除:{count:,} × {reason}"))
    for limit in card.limits:
        speak.say(Text(f"limit: {limit.en}", f"局限:{limit.zh}"))


def interval(figure: Estimate | None) -> str:
    """A figure with its interval, or a dash where there is none."""
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" if figure else "–"


def _line(each: Registered) -> tuple[object, ...]:
    card = each.card
    if card.kind == "base_rate":
        rate = Text(f"base rate {card.base_rate:.3f}", f"基准概率{card.base_rate:.3f}")
        return (card.label, each.version, each.role, card.rows, card.positives, rate, "", "", "")
    if card.kind == "effect":
        qini = interval(card.metrics["qini"])
        signal = Text("signal", "有信号") if card.params["signal"] else Text("no signal", "无信号")
        said = Text(f"Qini {qini}, {signal.en}", f"Qini {qini},{signal.zh}")
        return (card.label, each.version, each.role, card.rows, card.positives, said, "", "", "")
    return (
        card.label,
        each.version,
        each.role,
        f"{card.rows:,}",
        f"{card.positives:,}",
        interval(card.metrics.get("auc")),
        interval(card.over_baseline),
        interval(card.metrics.get("lift_10")),
        interval(card.metrics.get("ece")),
    )


def _facts(each: Registered) -> Mapping[str, Any]:
    return {
        "label": each.label,
        "labels": list(each.card.labels),
        "version": each.version,
        "role": each.role,
        "meaning": each.card.meaning,
        "kind": each.card.kind,
        "rows": each.card.rows,
        "positives": each.card.positives,
        "measured": each.card.measured,
        "metrics": _figures(each.card),
        "over_baseline": _figure(each.card.over_baseline),
        "excluded": dict(each.card.excluded),
        "limits": list(each.card.limits),
        "fingerprint": each.card.fingerprint,
        "hash": each.card.content_hash,
        "created": each.card.created,
    }


def _figures(card: Card) -> Mapping[str, Any]:
    return {
        name: {"model": _figure(card.metrics[name]), "logistic": _figure(card.baseline.get(name))}
        for name in sorted(card.metrics)
    }


def _figure(figure: Estimate | None) -> Mapping[str, float] | None:
    return {"value": figure.value, "low": figure.low, "high": figure.high} if figure else None
