"""`goodcall outreach holdout size`: how many customers it takes to show what is hoped for."""

from typing import Annotated

import typer

from cli.options import Json, Lang, show
from goodcall import Text
from reports import Hoped, customers_needed, power_of, smallest_change

_SHARES = (0.05, 0.1, 0.2, 0.5)


def size_command(
    rate: Annotated[
        float,
        typer.Option(help="The share with the outcome when left alone, such as .044 of a year."),
    ],
    cut: Annotated[
        float, typer.Option(help="The hoped-for relative cut; below 0 for a rise: -.3 is +30 %.")
    ],
    holdout: Annotated[float, typer.Option(help="The share of customers that is held out.")] = 0.1,
    customers: Annotated[
        int | None, typer.Option(help="How many there are: what would these show?")
    ] = None,
    power: Annotated[float, typer.Option(help="The chance to show it where it is so.")] = 0.8,
    members: Annotated[float, typer.Option(help="Mean customers a household.")] = 1.0,
    alike: Annotated[
        float, typer.Option(help="How alike a household's members are, from 0 to 1.")
    ] = 0.0,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Plan a test: the customers that it takes, by the share that is held out.

    With 5 % of false alarms. A cut of 15 % of a yearly churn of 4.4 % takes some 83,000 customers
    with a tenth held out, or 14,100 on each side.
    """
    speak = show(lang, as_json=as_json)
    hoped = Hoped(rate, rate * (1 - cut), power, members, alike)
    shares = sorted({*_SHARES, holdout})
    needed = {share: customers_needed(hoped, share) for share in shares}
    speak.table(
        (
            Text("held out", "对照比例"),
            Text("customers needed", "所需客户数"),
            Text("of them held out", "其中对照"),
        ),
        [
            (f"{100 * share:.3g} %", f"{needed[share]:,}", f"{round(needed[share] * share):,}")
            for share in shares
        ],
        right=(0, 1, 2),
    )
    found: dict[str, object] = {"customers_needed": needed[holdout]}
    if customers is not None:
        chance = power_of(hoped, customers, holdout)
        least = smallest_change(hoped, customers, holdout)
        found |= {"power": chance, "smallest_change": least}
        speak.say(
            Text(
                f"{customers:,} customers with {100 * holdout:.3g} % held out show it with a "
                f"chance of {chance:.0%}; with {power:.0%} they show a change of {least:+.0%}",
                f"{customers:,}位客户、对照{100 * holdout:.3g}%时,检出概率为{chance:.0%};"
                f"以{power:.0%}的概率可检出{least:+.0%}的变化",
            )
        )
    speak.hand_over(found)
