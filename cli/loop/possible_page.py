"""The map of what is possible as a report: heat maps and their numbers."""

from collections.abc import Mapping, Sequence

from cli.loop.judging import middle_of
from cli.loop.oracles import LESS_CHURN, MORE_SOLD, ORACLE_WORDS
from cli.loop.possible import Cell, Grid, Met, Reached
from goodcall import Text
from outreach import parse_policy
from outreach.replay import Gain
from reports.pages import Cell as Told
from reports.pages import Column, Named, Page, Sheet
from reports.pictures import Heat, Picture

_MET_WORDS: Mapping[Met, Text] = {
    "yes": Text("yes", "是"),
    "unsure": Text("on average, not shown", "平均达到,区间未显示"),
    "no": Text("no", "否"),
}
_PURCHASES, _CHURN = Text("purchases", "购买"), Text("churn", "流失")
_APART = Text(
    "The most purchases and the least churn, by an oracle each", "购买最多与流失最少(各由一先知)"
)
_NEAREST = Text("The oracle nearest to both", "最接近两者的先知")
_GOODCALL = Text("Goodcall", "Goodcall")
_PLACE = {
    "effect": Column(Text("effects, times the world's", "效果倍数"), "number"),
    "minutes": Column(Text("minutes, times the usual", "工作分钟倍数"), "number"),
    "observed": Column(Text("of needs shows", "需求可见比例"), "share"),
}
_BOTH = f"+{MORE_SOLD:.0%} and -{LESS_CHURN:.0%}"
_BOTH_COLUMN = Column(Text(_BOTH, _BOTH.replace(" and ", "且")))


def possible_page(grid: Grid, cells: Sequence[Cell], *, currency: str) -> Page:
    """What oracles reached at each place of a grid, and Goodcall where it worked there."""
    return Page(
        title=Text("What is possible in made-up banks", "虚拟银行中可达到的效果"),
        currency=currency,
        sheets=[_sheet(grid, cells), _oracles(cells)],
        notes=_notes(grid, cells),
        facts={
            "made_up": True,
            "world": grid.world,
            "seeds": grid.seeds,
            "customers": grid.customers,
            "past": grid.past,
            "months": grid.months,
            "goodcall": grid.goodcall,
            "rules": parse_policy(grid.rules).version,
            "goal": {"cross_sell": MORE_SOLD, "churn": -LESS_CHURN},
        },
        pictures=[each for observed in grid.observed for each in _pictures(cells, observed)],
    )


def _sheet(grid: Grid, cells: Sequence[Cell]) -> Sheet:
    columns = _PLACE | {
        "seeds": Column(Text("seeds", "种子数"), "count"),
        "contacts": Column(Text("contacts, a customer and month", "人均每月联系次数"), "fine"),
        "most_cross_sell": Column(
            Text("most purchases, above push's", "购买最多(相对产品推销)"), "share"
        ),
        "least_churn": Column(Text("least churn, above push's", "流失最少(相对产品推销)"), "share"),
        "nearest": Column(Text("nearest to both", "最接近两者")),
        "nearest_cross_sell": Column(Text("its purchases", "其购买"), "share"),
        "nearest_churn": Column(Text("its churn", "其流失"), "share"),
        "possible": _BOTH_COLUMN,
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
            *(cell.apart.sold, cell.apart.churn),
            Named(cell.nearest, ORACLE_WORDS[cell.nearest]),
            *_told(cell.oracles[cell.nearest]),
            *(_told(cell.goodcall) if cell.goodcall else ()),
        )
        for cell in cells
    ]
    title = Text("Against product push", "与产品推销之比较")
    return Sheet("cells", title, columns, rows)


def _oracles(cells: Sequence[Cell]) -> Sheet:
    """What every oracle reached."""
    columns = _PLACE | {
        "oracle": Column(Text("oracle", "先知")),
        "cross_sell": Column(Text("purchases above push's", "购买(相对产品推销)"), "share"),
        "churn": Column(Text("churn above push's", "流失(相对产品推销)"), "share"),
        "possible": _BOTH_COLUMN,
    }
    rows: list[Sequence[Told]] = [
        (
            *(cell.effect, cell.minutes, cell.observed),
            Named(name, ORACLE_WORDS[name]),
            *_told(reached),
        )
        for cell in cells
        for name, reached in cell.oracles.items()
    ]
    title = Text("Each oracle against product push", "各先知与产品推销之比较")
    return Sheet("oracles", title, columns, rows)


def _told(reached: Reached) -> tuple[Told, Told, Told]:
    return reached.sold, reached.churn, Named(reached.both, _MET_WORDS[reached.both])


def _notes(grid: Grid, cells: Sequence[Cell]) -> list[Text]:
    best = [cell.oracles[cell.nearest].both for cell in cells]
    shown, unsure = best.count("yes"), best.count("unsure")
    more, less = f"{MORE_SOLD:.0%}", f"{LESS_CHURN:.0%}"
    notes = [
        Text(
            "Every customer here is made up: simulated banks whose truth is known.",
            "这里的客户全部为虚构:模拟银行的真相已知。",
        ),
        Text(
            f"World {grid.world}, {grid.customers:,} customers, {grid.months} months of contacts. "
            "Oracles know what every contact would bring in expectation, choose a month at a time, "
            "and make no more contacts than product push made that month, within its minutes. One "
            "goes by net value, one by purchases alone, one by churn alone, and three weigh the "
            "latter two: a quarter, half and three quarters of what is hoped for in all.",
            f"{grid.world}世界,{grid.customers:,}名客户,联系{grid.months}个月。先知知道每次联系的期望"
            "效果,逐月选择,每月联系次数与工作分钟数均不超过产品推销。一个按净价值,一个只按购买,一个"
            "只按流失,另三个以四分之一、二分之一、四分之三的权重兼顾后两者。",
        ),
        Text(
            f"{more} more purchases and {less} less churn than under product push came together, "
            f"in one and the same policy, at {shown} of {len(cells)} places by the interval (a "
            f"frame), and at {unsure} more on average alone (a broken frame). The nearest of six "
            "is chosen, which flatters it a little. It is no proof that more cannot be: a policy "
            "that looked further ahead might have it. Who must learn will hardly have as much.",
            f"{len(cells)}个格点中,同一策略同时达到购买增加{more}、流失减少{less}且区间可见的有{shown}个"
            f"(实线框),仅平均达到的另有{unsure}个(虚线框)。取六者中最接近的一个,略有高估。这不证明更高"
            "不可能:看得更远的策略可能更高;需要学习的策略则很难达到。",
        ),
        Text(
            "Oracles see needs whether they show or not: how much shows matters to who has to "
            "learn, and to an oracle hardly.",
            "需求是否可见对先知几乎没有影响,只影响需要学习的策略。",
        ),
    ]
    if grid.goodcall:
        reached = [each.both for each in (cell.goodcall for cell in cells) if each]
        own, on_average = reached.count("yes"), reached.count("unsure")
        notes.append(
            Text(
                f"Goodcall, its models trained on the {grid.past} months before, has both at {own} "
                f"of them by the interval, at {on_average} more on average alone. It makes no more "
                "contacts than product push did that month, and often fewer: it leaves out whoever "
                "it holds not worth a call.",
                f"Goodcall的模型以此前{grid.past}个月数据训练,在其中{own}个格点两者均达到且区间可见,另有"
                f"{on_average}个仅平均达到。其每月联系次数不超过产品推销,往往更少:不值得打扰的客户不联系。",
            )
        )
    return notes


def _pictures(cells: Sequence[Cell], observed: float) -> list[Picture]:
    """Heat maps of a noise: oracles', and Goodcall's where it worked."""
    here = [cell for cell in cells if cell.observed == observed]
    shipped = [cell.goodcall for cell in here if cell.goodcall]
    apart = [cell.apart for cell in here]
    nearest = [cell.oracles[cell.nearest] for cell in here]
    found = [
        _picture(_APART, here, apart, [(each.sells, each.keeps) for each in apart]),
        _picture(_NEAREST, here, nearest, [(each.both, each.both) for each in nearest]),
    ]
    if shipped:
        met = [(each.both, each.both) for each in shipped]
        found.append(_picture(_GOODCALL, here, shipped, met))
    return found


def _picture(
    who: Text, cells: Sequence[Cell], reached: Sequence[Reached], met: Sequence[tuple[Met, Met]]
) -> Picture:
    """Two heat maps; `met` says of each place whether purchases and churn have a frame."""
    effects = [*dict.fromkeys(cell.effect for cell in cells)]
    minutes = [*dict.fromkeys(cell.minutes for cell in cells)]

    def heat(title: Text, figures: Sequence[Gain | float | None], frames: Sequence[Met]) -> Heat:
        starts = range(0, len(cells), len(minutes))
        framed = [frames[at : at + len(minutes)] for at in starts]
        return Heat(
            title,
            rows=[Text(f"effects x {each:g}", f"效果×{each:g}") for each in effects],
            columns=[Text(f"minutes x {each:g}", f"分钟×{each:g}") for each in minutes],
            cells=[[_middle(each) for each in figures[at : at + len(minutes)]] for at in starts],
            marked=[[each == "yes" for each in row] for row in framed],
            unsure=[[each == "unsure" for each in row] for row in framed],
        )

    observed = f"{cells[0].observed:.0%}"
    return Picture(
        Text(
            f"{who.en}: above product push at equal contacts, where {observed} of needs shows",
            f"{who.zh}:同等联系次数下相对产品推销,需求可见{observed}",
        ),
        [
            heat(_PURCHASES, [each.sold for each in reached], [sold for sold, _ in met]),
            heat(_CHURN, [each.churn for each in reached], [churn for _, churn in met]),
        ],
    )


def _middle(told: Gain | float | None) -> float | None:
    return None if told is None else middle_of(told)
