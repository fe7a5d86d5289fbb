"""How good a model is: its figures beside its rivals', curves, dates, horizons and products."""

from collections.abc import Iterable

from goodcall.language import Text
from training.reporting.figures import (
    gain_svg,
    lift_svg,
    precision_svg,
    reliability_svg,
    tenths_svg,
)
from training.reporting.html import Say, figure_cell, grid, number, section, table
from training.reporting.report import RULE, ReportFacts
from training.reporting.words import FIGURES, contender_name, figure_name, part_of

_GAINS = {
    "auc": Text("AUC", "AUC"),
    "lift_10": Text("lift of the best tenth", "前10%提升度"),
    "log_loss": Text("log-loss; lower is better", "对数损失,越低越好"),
}


def figures_part(facts: ReportFacts, say: Say) -> str:
    """The figures of every contender on the same rows, and the paired differences."""
    contenders = [name for name, told in facts.figures.items() if told]
    names = _ordered(facts.figures["model"])
    if not names or not contenders:
        return ""
    rows = [
        [
            _named(name, say),
            *(figure_cell(facts.figures[each].get(name), name) for each in contenders),
        ]
        for name in names
    ]
    head = [say("figure", "指标")]
    head += [say.text(contender_name(each, facts.card.kind)) for each in contenders]
    return "\n".join(
        part
        for part in (
            section(say("How good it is", "模型表现"), _note(facts, say)) + table(head, rows),
            _rule_note(facts, say),
            _differences(facts, say),
        )
        if part
    )


def parts_part(facts: ReportFacts, say: Say) -> str:
    """The figures of each horizon, or of each product, where the model speaks for several."""
    told: dict[str, dict[str, str]] = {}
    figures: list[str] = []
    for name, estimate in facts.card.metrics.items():
        if (part := part_of(name)) is None:
            continue
        figure, of = part
        told.setdefault(say.text(of), {})[figure] = figure_cell(estimate, figure)
        figures += [] if figure in figures else [figure]
    if not told:
        return ""
    rows = [[of, *(cells.get(each, "–") for each in figures)] for of, cells in told.items()]
    head = ["", *(say.text(figure_name(each)) for each in figures)]
    note = say(
        "What the model's other scores show on the same tested rows; the intervals are 95 %. What "
        "has too few positives to be told has no row.",
        "模型其他得分在相同测试数据上的表现;区间为95%。正样本过少者不列出。",
    )
    title = (
        say("Product by product", "分产品")
        if facts.card.kind == "ranker"
        else say("Score by score", "分得分")
        if facts.judged_by is None
        else say("Horizon by horizon", "分预测期")
    )
    return section(title, note) + table(head, rows)


def curves_part(facts: ReportFacts, say: Say) -> str:
    """The curves, or for sums of money what came beside what was expected."""
    if facts.tenths:
        return _tenths(facts, say)
    if facts.reliability is None:
        return ""
    language, kind = say.language, facts.card.kind
    band = say(
        "The band is this model's 95 % interval; how far the rivals differ is in the table above.",
        "色带为本模型的95%区间;与其他方法的差异见上表。",
    )
    drawn = [
        (
            say("Are probabilities honest?", "概率是否准确"),
            reliability_svg(facts.reliability, language),
            say(
                "Each point is a tenth of the rows, with Wilson's 95 % interval of its rate. On "
                "the line the predicted rate came true.",
                "每点为十分之一的样本及其比率的Wilson 95%区间;位于直线上表示预测与实际一致。",
            ),
        ),
        (
            say("Whom does a list reach?", "名单覆盖多少正样本"),
            gain_svg(facts.curves, facts.band, language, kind),
            band,
        ),
        (
            say("How much richer is a list?", "名单比随机好多少"),
            lift_svg(facts.curves, facts.band, language, kind),
            say("1x is a list drawn by lot.", "1x为随机名单。") + f" {band}",
        ),
        (
            say("What does reach cost in precision?", "覆盖与精确的取舍"),
            precision_svg(facts.curves, facts.band, language, kind),
            say("The level line is the rate of all.", "水平线为总体比率。") + f" {band}",
        ),
    ]
    return section(say("Curves", "曲线")) + grid(drawn)


def months_part(facts: ReportFacts, say: Say) -> str:
    """How each tested date went."""
    if not facts.months:
        return ""
    head = [
        say("date", "日期"),
        say("rows", "行数"),
        say("positives", "正样本"),
        "AUC",
        say("calibration slope", "校准斜率"),
    ]
    rows = [
        [
            str(month.as_of),
            f"{month.rows:,}",
            f"{month.positives:,}",
            figure_cell(month.auc),
            figure_cell(month.slope),
        ]
        for month in facts.months
    ]
    note = say("Rows and positives are counts.", "行数与正样本为计数,无区间。")
    return section(say("By date", "按日期"), note) + table(head, rows)


def _ordered(told: Iterable[str]) -> list[str]:
    """The figures that have words, in the words' order; those of other parts stand elsewhere."""
    known = set(told)
    own = [name for name in FIGURES if name in known]
    beside = (f"_{RULE}", f"_over_{RULE}")
    return own + sorted(
        name
        for name in known
        if name not in FIGURES and part_of(name) is None and not name.endswith(beside)
    )


def _named(name: str, say: Say) -> str:
    said = say.text(figure_name(name))
    return f"{said}<small>{say.text(FIGURES[name][1])}</small>" if name in FIGURES else said


def _note(facts: ReportFacts, say: Say) -> str:
    """How to read the table: what a row is, how long a list, what the intervals are."""
    parts = [say("Intervals are 95 %, by redrawing customers.", "区间为95%,按客户重抽样得出。")]
    if facts.lists is not None:
        lists = facts.lists
        parts.insert(0, say(f"{lists.en[:1].upper()}{lists.en[1:]}.", f"{lists.zh}。"))
    if len(facts.card.labels) > 1 and facts.curves:
        of = facts.judged_by
        parts.append(
            say(f"Figures are of {of}.", f"指标针对{of}。")
            if of
            else say(
                "A row is a customer and a product that is open to them, of all products together.",
                "每行为一位客户与一种可购产品,所有产品合并评估。",
            )
        )
    return " ".join(parts)


def _rule_note(facts: ReportFacts, say: Say) -> str:
    if facts.ruled_out is not None:
        name = say("Rule of 90 silent days (S12):", "90天沉寂规则(S12):")
        return f'<p class="faint">{name} {say.text(facts.ruled_out)}</p>'
    rows = sum(month.rows for month in facts.months)
    told = say(
        "The rule (S12) warns of whoever neither logged in nor made a transaction for 90 days: "
        f"{facts.warned:,} of {rows:,} tested rows. It gives no probabilities, so it has no "
        "figures of their honesty.",
        f"规则(S12)提示90天内既未登录也未主动交易的客户:测试的{rows:,}行中有{facts.warned:,}行。"
        "规则不给出概率,因此无概率准确性指标。",
    )
    return f'<p class="faint">{told}</p>'


def _differences(facts: ReportFacts, say: Say) -> str:
    """This model less each rival, drawn in pairs, and what the interval shows."""
    if not facts.gains:
        return ""
    names = [name for name in _GAINS if any(name in told for told in facts.gains.values())]
    rows = [
        [
            say.text(_GAINS[name]),
            *(figure_cell(told.get(name)) for told in facts.gains.values()),
        ]
        for name in names
    ]
    over = say("this model less ", "本模型减")
    head = [
        say("paired difference", "配对差"),
        *(f"{over}{say.text(contender_name(each, facts.card.kind))}" for each in facts.gains),
    ]
    note = say(
        "On the same rows and the same redrawn customers; an interval that covers 0 shows no "
        "difference.",
        "基于相同样本与相同重抽样;区间包含0表示差异不显著。",
    )
    title = say("Beside the yardsticks", "与对照方法比较")
    return f'<h3>{title}</h3>\n<p class="faint">{note}</p>\n' + table(head, rows)


def _tenths(facts: ReportFacts, say: Say) -> str:
    head = [
        say("tenth, least first", "十分位(由低到高)"),
        say("rows", "行数"),
        say("expected", "预计"),
        say("came", "实际"),
    ]
    rows = [
        [
            str(place),
            f"{each.rows:,}",
            number(each.expected.value, "_cents"),
            figure_cell(each.came, "_cents"),
        ]
        for place, each in enumerate(facts.tenths, start=1)
    ]
    drawn = [
        (
            say("Do sums come as expected?", "金额是否如预期实现"),
            tenths_svg(facts.tenths, say.language),
            say(
                "Each point is a tenth of the rows by what was expected, with the 95 % interval of "
                "its mean; both axes are stretched near 0. On the line sums came as expected.",
                "每点为按预计金额划分的十分之一样本及其均值的95%区间;坐标轴在0附近放大。"
                "位于直线上表示实际与预计一致。",
            ),
        )
    ]
    note = say(
        "Means a customer, in the bank's currency. What was expected is the model's own answer and "
        "needs no interval.",
        "每客户均值,以本行币种计。预计值为模型自身输出,无需区间。",
    )
    title = say("Came beside expected", "实际与预计")
    return section(title, note) + grid(drawn) + table(head, rows)
