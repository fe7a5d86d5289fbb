"""The map of what is possible as a report: heat maps and their numbers."""

from collections.abc import Sequence

from cli.loop.judging import middle_of
from cli.loop.possible import LESS_CHURN, MORE_SOLD, Cell, Grid, Reached
from goodcall import Text
from outreach.replay import Gain
from reports.pages import Cell as Told
from reports.pages import Column, Named, Page, Sheet
from reports.pictures import Heat, Picture

_POSSIBLE = {True: Text("yes", "是"), False: Text("no", "否")}
_PURCHASES, _CHURN = Text("purchases", "购买"), Text("churn", "流失")
_ORACLE, _GOODCALL = Text("The oracle", "先知"), Text("Goodcall", "Goodcall")


def possible_page(grid: Grid, cells: Sequence[Cell], *, currency: str) -> Page:
    """What the oracle reached at each place of a grid, and Goodcall where it worked there."""
    return Page(
        title=Text("What is possible in made-up banks", "虚拟银行中可达到的效果"),
        currency=currency,
        sheets=[_sheet(grid, cells)],
        notes=_notes(grid, cells),
        facts={
            "made_up": True,
            "world": grid.world,
            "seeds": grid.seeds,
            "customers": grid.customers,
            "past": grid.past,
            "months": grid.months,
            "goodcall": grid.goodcall,
            "goal": {"cross_sell": MORE_SOLD, "churn": -LESS_CHURN},
        },
        pictures=[each for observed in grid.observed for each in _pictures(cells, observed)],
    )


def _sheet(grid: Grid, cells: Sequence[Cell]) -> Sheet:
    both = f"+{MORE_SOLD:.0%} and -{LESS_CHURN:.0%}"
    columns = {
        "effect": Column(Text("effects, times the world's", "效果倍数"), "number"),
        "minutes": Column(Text("minutes, times the usual", "工作分钟倍数"), "number"),
        "observed": Column(Text("of needs shows", "需求可见比例"), "share"),
        "seeds": Column(Text("seeds", "种子数"), "count"),
        "contacts": Column(Text("contacts, a customer and month", "人均每月联系次数"), "fine"),
        "cross_sell": Column(Text("purchases above push's", "购买(相对产品推销)"), "share"),
        "churn": Column(Text("churn above push's", "流失(相对产品推销)"), "share"),
        "possible": Column(Text(both, both.replace(" and ", "且"))),
    }
    if grid.goodcall:
        columns |= {
            "goodcall_cross_sell": Column(Text("Goodcall's purchases", "Goodcall的购买"), "share"),
            "goodcall_churn": Column(Text("Goodcall's churn", "Goodcall的流失"), "share"),
            "goodcall_reaches": Column(Text("Goodcall has both", "Goodcall两者均达到")),
        }
    rows: list[Sequence[Told]] = [
        (
            *(cell.effect, cell.minutes, cell.observed, cell.seeds, cell.contacts),
            *(told for each in (cell.oracle, cell.goodcall) if each for told in _told(each)),
        )
        for cell in cells
    ]
    title = Text("Against product push", "与产品推销之比较")
    return Sheet("cells", title, columns, rows)


def _told(reached: Reached) -> tuple[Told, Told, Told]:
    both = Named("yes" if reached.both else "no", _POSSIBLE[reached.both])
    return reached.sold, reached.churn, both


def _notes(grid: Grid, cells: Sequence[Cell]) -> list[Text]:
    possible = sum(cell.oracle.both for cell in cells)
    more, less = f"{MORE_SOLD:.0%}", f"{LESS_CHURN:.0%}"
    notes = [
        Text(
            "Every customer here is made up: simulated banks whose truth is known.",
            "这里的客户全部为虚构:模拟银行的真相已知。",
        ),
        Text(
            f"World {grid.world}, {grid.customers:,} customers, {grid.months} months of contacts. "
            "The oracle knows what every contact would bring in expectation, chooses by net value "
            "a month at a time, and makes no more contacts than product push made that month.",
            f"{grid.world}世界,{grid.customers:,}名客户,联系{grid.months}个月。先知知道每次联系的期望"
            "效果,逐月按净价值选择,每月联系次数不超过产品推销。",
        ),
        Text(
            f"{more} more purchases and {less} less churn than under product push came together at "
            f"{possible} of {len(cells)} places, which have a frame. It is no proof that more "
            "cannot be: a policy that looked further ahead, or gave up value for one of the two, "
            "might have it. A policy that must learn will hardly have as much.",
            f"{len(cells)}个格点中有{possible}个同时达到购买增加{more}、流失减少{less}(加框)。这不"
            "证明更高不可能:看得更远、或以净价值换取其中一项的策略可能更高;需要学习的策略则很难达到。",
        ),
        Text(
            "An oracle sees needs whether they show or not: how much shows matters to who has to "
            "learn, and to the oracle hardly.",
            "需求是否可见对先知几乎没有影响,只影响需要学习的策略。",
        ),
    ]
    if grid.goodcall:
        shipped = sum(each.both for each in (cell.goodcall for cell in cells) if each)
        notes.append(
            Text(
                f"Goodcall as shipped, its models trained on the {grid.past} months before, has "
                f"both at {shipped} of them. It makes no more contacts than product push did that "
                "month, and often fewer: it leaves out whoever it holds not worth a call.",
                f"Goodcall按出厂设置,模型以此前{grid.past}个月数据训练,在其中{shipped}个格点两者均达"
                "到。其每月联系次数不超过产品推销,往往更少:不值得打扰的客户不联系。",
            )
        )
    return notes


def _pictures(cells: Sequence[Cell], observed: float) -> list[Picture]:
    """Heat maps of a noise: the oracle's, and Goodcall's where it worked."""
    here = [cell for cell in cells if cell.observed == observed]
    shipped = [cell.goodcall for cell in here if cell.goodcall]
    found = [_picture(_ORACLE, here, [cell.oracle for cell in here])]
    return [*found, _picture(_GOODCALL, here, shipped)] if shipped else found


def _picture(who: Text, cells: Sequence[Cell], reached: Sequence[Reached]) -> Picture:
    effects = [*dict.fromkeys(cell.effect for cell in cells)]
    minutes = [*dict.fromkeys(cell.minutes for cell in cells)]
    rows = [reached[at : at + len(minutes)] for at in range(0, len(cells), len(minutes))]

    def heat(title: Text, figures: Sequence[Sequence[Gain | float | None]]) -> Heat:
        return Heat(
            title,
            rows=[Text(f"effects x {each:g}", f"效果×{each:g}") for each in effects],
            columns=[Text(f"minutes x {each:g}", f"分钟×{each:g}") for each in minutes],
            cells=[[_middle(each) for each in row] for row in figures],
            marked=[[each.both for each in row] for row in rows],
        )

    observed = f"{cells[0].observed:.0%}"
    return Picture(
        Text(
            f"{who.en}: above product push at equal contacts, where {observed} of needs shows",
            f"{who.zh}:同等联系次数下相对产品推销,需求可见{observed}",
        ),
        [
            heat(_PURCHASES, [[each.sold for each in row] for row in rows]),
            heat(_CHURN, [[each.churn for each in row] for row in rows]),
        ],
    )


def _middle(told: Gain | float | None) -> float | None:
    return None if told is None else middle_of(told)
