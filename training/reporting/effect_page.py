"""What a report tells of a contact's effect: the verdict, and the Qini curve among random ones."""

from matplotlib.figure import Figure

from goodcall.language import Language, Text
from training.reporting.effect_facts import EffectFacts
from training.reporting.figures import inline_svg
from training.reporting.html import Say, grid, in_line, section
from training.reporting.report import ReportFacts

_SIZE = (4.6, 3.4)
_BAND, _INK = "#d9d9d9", "#222222"
_DRAWN = {
    "effect": ("#1f5f8b", Text("learned effect", "学习所得效果")),
    "response": ("#e08214", Text("chance times the average", "概率乘以平均效果")),
}


def effect_part(facts: ReportFacts, say: Say) -> str:
    """The section on a contact's effect; nothing for a model that tells none."""
    if facts.effect is None:
        return ""
    curve = qini_svg(facts.effect, say.language)
    title = say("Qini curve on rows unseen", "未见数据上的Qini曲线")
    return "\n".join(
        (
            section(say("Is there a signal?", "有无信号"), _note(say)),
            _verdict(facts, say),
            grid([(title, curve, "")]),
        )
    )


def qini_svg(told: EffectFacts, language: Language) -> str:
    """Gains by the share of rows reached, within what orders drawn at random gain."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    shares = told.shares
    axes.fill_between(shares, told.low, told.high, color=_BAND, linewidth=0)
    whole = told.curves["effect"][-1]
    axes.plot([0, 1], [0, whole], color=_INK, linewidth=1, linestyle=":")
    for name, (colour, words) in _DRAWN.items():
        axes.plot(shares, told.curves[name], color=colour, label=words.to(language))
    axes.set_xlim(0, 1)
    axes.set_xlabel(Text("share of customers contacted", "联系客户占比").to(language))
    axes.set_ylabel(Text("gained per 1,000 customers", "每千名客户增量").to(language))
    axes.legend(frameon=False, fontsize=8)
    return inline_svg(figure, "qini")


def _note(say: Say) -> str:
    return say(
        "Contacts that a lot drew, best scored first: what those contacted gained beyond those "
        "left alone. Grey is what orders drawn at random gain in 95 of 100 cases. Where the "
        "outcome is one to prevent, a gain is that it stayed away.",
        "在随机抽取的联系中按得分排序:被联系者较未联系者的增量。灰色为随机排序的95%区间。"
        "对需避免的结果,增量指其未发生。",
    )


def _verdict(facts: ReportFacts, say: Say) -> str:
    card = facts.card
    qini, random = card.metrics["qini"], card.metrics["qini_random"]
    over = card.metrics["qini_over_response"]
    verdict = (
        say("Signal: the learned effect is used.", "有信号:采用学习所得效果。")
        if card.params["signal"]
        else say("No signal: the average effect is used.", "无信号:采用平均效果。")
    )
    figures = say(
        f"Qini {in_line(qini)}; at random {random.low:.3f} – {random.high:.3f}; over the chance "
        f"times the average, paired {in_line(over, signed=True)}. Learner: "
        f"{card.params['tested_learners']}.",
        f"Qini {in_line(qini)};随机区间{random.low:.3f} – {random.high:.3f};"
        f"较概率乘以平均效果(配对){in_line(over, signed=True)}。"
        f"学习器:{card.params['tested_learners']}。",
    )
    return f"<p><strong>{verdict}</strong> {figures}</p>"
