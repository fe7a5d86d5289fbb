"""`goodcall policy measure`: what contacts and lots say of the figures that a policy assumes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import BadOption, NothingFound
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.policies import in_currency
from cli.records import audit_of
from cli.show import Show
from features import Bank
from goodcall import Text
from goodcall.atomic import write_file
from goodcall.vocabulary import CHANNEL_NAMES
from outreach import NewFigure, Policy, guesses, load_policy, with_figures
from training import Figure, figures_of

_NAMES = {
    "lift_ratio": Text("purchases, times", "购买率倍数"),
    "save_rate": Text("leaving, share prevented", "流失降低比例"),
    "opt_out_probability": Text("opt-outs", "退订率"),
    "complaint_probability": Text("complaints", "投诉率"),
}


def measure_command(
    bank: BankFolder,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A policy file. Default: the workspace's policy.toml."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the policy with these figures to this file."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Measure what the policy assumes of a contact's effects and harm, by the bank's own contacts.

    Effects are how often a channel reaches, times what it changes of those it reaches: learned from
    the lot and drawn towards what is assumed, the more the less was drawn. Harm is what contacts
    ended in. Once written, a figure says where it is from and keeps what was assumed, so measuring
    again never counts a contact twice. Figures that the bank has from elsewhere stay as they are.

    Nothing is in force by this: look at the file with `goodcall policy check` and `policy diff`,
    then `policy propose` it or put it into the workspace.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    file = policy or place.policy
    if not file.exists():
        raise NothingFound(f"there is no policy at {file}; name one with --policy")
    if write is not None and write.resolve() == place.policy.resolve():
        raise BadOption(
            f"--write {write} is the workspace's own policy, which this command never changes; "
            "name another file, look at it, and put it in force then"
        )
    opened = bank_in(place, bank)
    old = in_currency(load_policy(file), opened.manifest.currency, str(file))
    audit_of(place).record(
        "command line",
        "measure figures",
        f"policy {old.version}",
        bank=opened.manifest.name,
        file=write.name if write else None,
    )
    with speak.progress(Text("contacts and what came of them", "联系记录及其结果")):
        figures = figures_of(opened, guesses(old.value))
    if write is not None:
        write_file(write, measured(old, opened, figures, str(file)).encode())
    _tell(speak, figures, write)
    speak.hand_over({"policy": old.version, "figures": [_facts(each) for each in figures]})


def measured(
    policy: Policy, bank: Bank, figures: tuple[Figure, ...], file: str = "policy.toml"
) -> str:
    """The text of a policy that says figures measured at a bank; `file` is for errors."""
    until = bank.manifest.last_day
    new = [
        NewFigure(
            table=each.kind,
            channel=each.channel,
            amount=each.measured.value,
            source=f"measured until {until}: {each.made} contacts"
            + (f", {each.drawn} drawn by lot" if each.drawn else ""),
            prior=each.guess,
        )
        for each in figures
    ]
    return with_figures(policy, new, file)


def _tell(speak: Show, figures: tuple[Figure, ...], write: Path | None) -> None:
    if not figures:
        speak.say(
            Text(
                "nothing to measure: nobody was contacted by a channel whose figures are assumed",
                "无可测算:假定参数对应的渠道尚无联系记录",
            )
        )
        return
    speak.table(
        (
            *(Text("figure", "参数"), Text("channel", "渠道"), Text("assumed", "假定")),
            *(Text("measured", "测得"), Text("95 % interval", "95%区间")),
            *(
                Text("contacts", "联系数"),
                Text("reached", "联系上"),
                Text("in the lot", "随机样本"),
            ),
        ),
        [
            (
                _NAMES[each.kind],
                CHANNEL_NAMES[each.channel],
                f"{each.guess:.4g}",
                f"{each.measured.value:.4g}",
                f"{each.measured.low:.4g} - {each.measured.high:.4g}",
                f"{each.made:,}",
                f"{each.reached / max(each.made, 1):.0%}",
                f"{each.drawn:,}" if each.drawn else "",
            )
            for each in figures
        ],
        right=(2, 3, 4, 5, 6, 7),
    )
    if write is not None:
        speak.say(Text(f"written to {write}; nothing is in force yet", f"已写入{write},尚未生效"))


def _facts(figure: Figure) -> dict[str, Any]:
    return {
        "kind": figure.kind,
        "channel": figure.channel,
        "assumed": figure.guess,
        "measured": figure.measured.value,
        "low": figure.measured.low,
        "high": figure.measured.high,
        "contacts": figure.made,
        "reached": figure.reached,
        "drawn_by_lot": figure.drawn,
    }
