"""What moves a model's scores, and whether the reasons that it gives can be trusted."""

from training.evaluation.explained import Explained
from training.reporting.html import Say, figure_cell, grid, section, table
from training.reporting.importance import importance_figures
from training.reporting.report import ReportFacts


def why_part(facts: ReportFacts, say: Say) -> str:
    """Pictures of what moves scores, then the tests of reasons, in an analyst's words."""
    told = facts.explained
    title = say("What moves the score, and can its reasons be trusted?", "影响得分的因素及其可信度")
    if told is None:
        return section(title) + f"<p>{_nothing(facts, say)}</p>"
    rows, people = len(told.moves), len(set(told.customer_id.tolist()))
    scale = _scale(facts, say)
    note = say(
        f"Drawn on {rows:,} held-out rows of {people:,} customers by the model that was tested, "
        f"which had not learned from them. {scale}",
        f"由被测试的模型在其未学习过的{rows:,}行({people:,}位客户)上绘制。{scale}",
    )
    money = facts.card.unit == "cents"
    pictures = importance_figures(told, say.language, money=money)
    drawn = [
        (
            say("Which concepts move scores most?", "哪些概念影响最大"),
            pictures["concepts"],
            say(
                "The mean move of the score over customers, whichever way, with its 95 % interval "
                "by redrawing customers.",
                "各概念对得分的平均影响幅度(不分方向),附按客户重抽样的95%区间。",
            ),
        ),
        (
            say("Which way, for which customers?", "对哪些客户、往哪个方向"),
            pictures["customers"],
            say(
                "A dot is a customer, at most 300 are drawn: to the right the concept raises the "
                "score, to the left it lowers it. Red is a high value of the concept's strongest "
                "feature, blue a low one, grey an unknown one. Dots are single customers and need "
                "no interval.",
                "每点为一位客户(最多画300点):在右侧表示该概念提高得分,在左侧表示降低。"
                "红色表示该概念最强特征取值高,蓝色为低,灰色为未知。单个客户无需区间。",
            ),
        ),
    ]
    return section(title, note) + grid(drawn, wide=True) + _trust(told, say, money=money)


def _trust(told: Explained, say: Say, *, money: bool) -> str:
    """Each test of the reasons, what it found, and what that means."""
    faithful, share, unit = told.faithful, "precision", "_cents" if money else ""
    rows = [
        [
            say("The score falls when the first reason is removed", "去掉首要原因后得分下降的占比"),
            figure_cell(faithful.fell, share),
            say(
                "of 100 customers so many would score lower, were they in this respect like "
                "others; were the reasons arbitrary it would be near 50",
                "每100位客户中,若该方面与他人相同,会有这么多人得分更低;若原因是随意的,约为50",
            ),
        ],
        [
            say("By how much it falls", "得分下降幅度"),
            figure_cell(faithful.fall, unit),
            say("how far the score really moves", "得分的实际变化"),
        ],
        [
            say("By how much the reason said", "原因所述的幅度"),
            figure_cell(faithful.said, unit),
            say("near the line above, the reasons do not exaggerate", "与上一行接近,则原因未夸大"),
        ],
        [
            say("When another concept is removed instead", "改为去掉其他概念时的下降"),
            figure_cell(faithful.fall_of_another, unit),
            say(
                "far below, the first reason is indeed the one that counts",
                "远小于上面的数值,则首要原因确实最重要",
            ),
        ],
        [
            say("Reasons that return when the model is trained again", "重新训练后保持不变的原因"),
            figure_cell(told.stable, share),
            say(
                "of a customer's three strongest reasons, when the trees grow anew on the same "
                "rows from another seed",
                "在相同数据上以另一随机种子重新训练后,客户前三原因中保持不变的占比",
            ),
        ],
    ]
    head = [say("test", "检验"), say("found", "结果"), say("what it means", "含义")]
    title = say("Can the reasons be trusted?", "原因是否可信")
    note = say(
        f"Over {faithful.rows:,} rows whose score some concept raises; 95 % intervals by redrawing "
        "customers. To remove a concept is to put other customers' values in its place.",
        f"基于{faithful.rows:,}行(至少有一个概念提高其得分);95%区间按客户重抽样。"
        "“去掉”指以其他客户的取值代替。",
    )
    body = table(head, rows, numbers=0).replace("<table>", '<table class="trust">')
    return f'<h3>{title}</h3>\n<p class="faint">{note}</p>\n{body}'


def _scale(facts: ReportFacts, say: Say) -> str:
    if facts.card.unit == "cents":
        return say("Moves are in the bank's currency.", "影响以本行币种计。")
    return say(
        "Moves are in log-odds: +0.7 doubles the odds, −0.7 halves them.",
        "影响以对数几率计:+0.7约使几率加倍,−0.7约减半。",
    )


def _nothing(facts: ReportFacts, say: Say) -> str:
    if facts.card.kind == "base_rate":
        return say(
            "Everyone gets the same score, so nothing moves it.", "所有客户得分相同,没有影响因素。"
        )
    return say(
        "Not measured for this version: its scores are the same for all or come without reasons, "
        "or an earlier release registered it; train and register it again to see.",
        "本版本未评估:得分对所有人相同或不附原因,或由较早的软件版本登记;请重新训练并登记。",
    )
