"""A model's report: complete, self-contained, in both languages, the same each time."""

import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest
from judged import a_tested, an_evidence, an_explained
from sklearn.metrics import roc_auc_score

from goodcall.language import Text
from models.card import Estimate
from training import report_facts, report_html
from training.evaluation.curves import gain, gain_band
from training.evaluation.evaluate import Use
from training.evaluation.profit import Campaign
from training.gates.evidence import read_evidence, write_evidence
from training.gates.result import GateResult
from training.reporting.figures import inlined
from training.reporting.verdict import conclusion, findings

GATES = (GateResult("better", passed=False, words=Text("<too> little", "不足")),)


@pytest.fixture(scope="module")
def evidence():
    card = {
        "metrics": {"auc": Estimate(0.8, 0.7, 0.9)},
        "over_baseline": Estimate(0.05, 0.01, 0.09),
        "excluded": {"already <fallen>": 1_234},
        "limits": (Text("measured on few", "样本较少"),),
        "params": {"rounds": 60, "learning_rate": 0.05},
        "content_hash": "ab" * 32,
    }
    known = an_evidence(a_tested(customers=900), **card)
    return replace(known, use=Use(50, Campaign()), explained=an_explained())


@pytest.fixture(scope="module")
def small(evidence):
    """The same on fewer rows and without groups, for what can be told of any."""
    tested = a_tested(customers=300)
    return replace(evidence, tested=tested, groups=None)


@pytest.fixture(scope="module")
def facts(evidence):
    return report_facts(evidence, version=3, role="challenger", gates=GATES)


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request, facts):
    return report_html(facts, request.param)


class Reader(HTMLParser):
    """Collects the tags, what they refer to, and the words between them."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.refers, self.words, self.tags = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open += [] if tag in {"meta", "br"} else [tag]
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in {"href", "xlink:href", "src", "srcset", "action", "data"}:
                self.refers.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_whole_and_fetches_nothing(page):
    """Tags close in order, no script, no address but of itself, every name once."""
    read = Reader(page)
    assert read.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(read.tags)
    assert all(each.startswith("#") for each in read.refers)
    assert {each[1:] for each in read.refers} <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)", page)) <= {f"#{each}" for each in read.ids}
    addresses = set(re.findall(r"https?://[^\"'\s<)]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_every_picture_reads_as_svg(page):
    """Four curves and two pictures of what counts, each an element of its own that scales."""
    drawn = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawn) == 6
    for svg in drawn:
        root = ET.fromstring(svg)  # noqa: S314 - our own page
        assert "width" not in root.attrib


def test_the_page_tells_all_that_the_card_knows(facts, evidence):
    """Rows, exclusions, dates, intervals, limits, settings and hashes stand in it, escaped."""
    text = report_html(facts, "en")
    words = " ".join(Reader(text).words)
    card = evidence.card
    told = (
        *(f"{card.rows:,}", f"{card.positives:,}", "1,234", "already <fallen>"),
        *("2026-01-01 – 2026-02-01 (2)", "measured on few", "learning_rate", "0.05"),
        *(card.fingerprint, card.content_hash, "version 3", "challenger"),
        *("A list is the best 50 rows of a date, the capacity, out of 900.",),
        *("<too> little", "closed", "Not fit to replace the champion: 1 of 1 gates closed."),
    )
    for each in told:
        assert each in words
    model = facts.figures["model"]["auc"]
    assert f"{model.value:.3f}<small>{model.low:.3f} – {model.high:.3f}</small>" in text


def test_rivals_stand_beside_the_model_on_the_same_rows(facts, evidence, small):
    """The logistic regression and the rule are contenders, a rule without figures of honesty."""
    assert list(facts.figures) == ["model", "baseline", "rule"]
    assert set(facts.figures["model"]) == set(facts.figures["baseline"])
    y, rule = (evidence.tested[name].to_numpy() for name in ("y", "rule"))
    told = facts.figures["rule"]["auc"]
    assert told.value == pytest.approx(roc_auc_score(y, rule))
    assert told.low < told.value < told.high
    assert {"auc", "lift_10", "precision_at_capacity"} <= set(facts.figures["rule"])
    assert not {"log_loss", "brier", "ece", "slope"} & set(facts.figures["rule"])
    assert '<th class="n">rule of 90 silent days</th>' in report_html(facts, "en")
    alone = report_facts(replace(small, tested=small.tested.drop_columns("baseline")))
    assert list(alone.figures) == ["model", "rule"]


def test_gains_over_the_yardsticks_are_paired(facts):
    """The difference is that of the AUCs, and narrower than drawing each for itself would make."""
    own, gains = facts.figures, facts.gains
    assert list(gains) == ["baseline", "rule"]
    for rival in gains:
        paired, apart = gains[rival]["auc"], (own["model"]["auc"], own[rival]["auc"])
        assert paired.value == pytest.approx(apart[0].value - apart[1].value)
        width = sum(each.high - each.low for each in apart)
        assert paired.high - paired.low < 0.8 * width
    lifts = [own[name]["lift_10"].value for name in ("model", "rule")]
    assert gains["rule"]["lift_10"].value == pytest.approx(lifts[0] - lifts[1])
    text = report_html(facts, "en")
    assert "Against rule of 90 silent days: AUC +" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.drop_columns("rule"), "An earlier release registered this version"),
        (lambda rows: ruled(rows, None), "does not apply"),
        (lambda rows: rows.slice(0, 0), "Nothing was tested"),
    ],
)
def test_where_the_rule_is_missing_the_report_says_why(small, change, said):
    """Old evidence, another outcome and no rows each have their own words, and are no error."""
    card = replace(small.card, features=("inactive_90d",))
    facts = report_facts(replace(small, card=card, tested=change(small.tested)))
    assert "rule" not in facts.figures
    assert said in report_html(facts, "en")
    assert "90天沉寂规则(S12)" in report_html(facts, "zh")


def test_a_catalogue_without_the_rules_feature_is_named(small):
    """Where the bank's features do not tell the rule, the report names what they lack."""
    facts = report_facts(replace(small, tested=ruled(small.tested, None)))
    assert "no inactive_90d" in report_html(facts, "en")


def ruled(tested, value):
    """Tested rows of which the rule says one thing."""
    place = tested.column_names.index("rule")
    said = pa.array([value] * tested.num_rows, pa.float64())
    return tested.set_column(place, "rule", said)


def test_evidence_of_an_earlier_release_reads(small, tmp_path):
    """Files without the rule and the reasons give a report that says what is not there."""
    old = replace(small, tested=small.tested.drop_columns("rule"), explained=None)
    write_evidence(old, tmp_path)
    assert not (tmp_path / "explained.parquet").exists()
    facts = json.loads((tmp_path / "facts.json").read_text())
    (tmp_path / "facts.json").write_text(json.dumps(facts | {"pictures": []}))
    text = report_html(report_facts(read_evidence(tmp_path)), "en")
    assert "train and register it again" in text
    assert "Reasons were not tested" in text


def test_every_estimate_on_the_page_has_its_interval(page):
    """A cell with a decimal number has an interval below it, unless its section needs none."""
    body = page[: page.index("<h2>" + ("What it learned" if "What it" in page else "学习数据"))]
    cells = re.findall(r'<td(?: class="n")?>(.*?)</td>', body, flags=re.DOTALL)
    bare = [each for each in cells if re.fullmatch(r"[+-]?[\d,]+\.\d+(?: %)?", each)]
    assert bare == []
    estimates = [each for each in cells if re.match(r"[+-]?[\d,.]+(?: %)?<small>", each)]
    assert len(estimates) >= 60
    assert all(re.search(r"<small>-?[\d,.]+(?: %)? – ", each) for each in estimates)


def test_reasons_are_told_with_intervals_and_in_an_analysts_words(facts):
    """Faithfulness and stability stand with their figures and with what they mean."""
    text = report_html(facts, "en")
    assert "93.0 %<small>91.0 % – 95.0 %</small>" in text
    assert "87.0 %<small>85.0 % – 89.0 %</small>" in text
    assert "The score falls when the first reason is removed" in text
    assert "of 100 customers so many would score lower" in text
    assert "Over 116 rows" in text
    assert "去掉首要原因后得分下降的占比" in report_html(facts, "zh")


def test_the_verdict_stands_first_and_follows_the_figures(facts, small):
    """What is shown speaks for a model, what is shown to be worse against it, the rest neither."""
    good = replace(facts, gates=())
    tones = {each.tone for each in findings(good)}
    assert "against" not in tones
    assert conclusion(good).en.startswith("Nothing measured speaks against")
    text = report_html(good, "en")
    assert text.index('class="verdict"') < text.index("<h2>")
    swapped = small.tested.rename_columns({"probability": "baseline", "baseline": "probability"})
    worse = report_facts(replace(small, tested=swapped))
    against = [each.words.en for each in findings(worse) if each.tone == "against"]
    assert any(each.startswith("Against plain logistic: AUC -") for each in against)
    assert conclusion(worse).en.startswith("To be used with care")
    passed = (replace(GATES[0], passed=True),)
    assert conclusion(replace(facts, gates=passed)).en.startswith("Fit to replace")


def test_the_gain_curves_band_is_that_of_redrawn_customers():
    """The curve lies within its band, which is about as wide as chance makes it."""
    rng = np.random.default_rng(2)
    y, score = (rng.random(2_000) < 0.3).astype(np.int8), rng.random(2_000)
    curve = gain(y, score)
    low, high = gain_band(y, score, np.arange(2_000), 1)
    assert (low <= curve.caught + 1e-9).all()
    assert (curve.caught <= high + 1e-9).all()
    # Of 600 positives half are caught at the middle: the binomial's error is .5 / sqrt(600).
    assert (high - low)[50] == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(600), rel=0.3)
    assert (low[0], high[0], low[-1], high[-1]) == pytest.approx((0, 0, 1, 1))


def test_the_chinese_page_speaks_chinese(facts, evidence):
    """No heading and no column name is left in English."""
    text = report_html(facts, "zh")
    assert '<html lang="zh-CN">' in text
    headings = re.findall(r"<h[123]>(.*?)</h[123]>", text) + re.findall(
        r"<figcaption>(.*?)</figcaption>", text
    )
    assert len(headings) >= 12
    assert all(re.search("[一-鿿]", each) for each in headings)
    assert evidence.card.meaning.zh in text


def test_equal_evidence_gives_equal_bytes(evidence, facts):
    """Figures, pictures and names are drawn the same each time."""
    again = report_facts(evidence, version=3, role="challenger", gates=GATES)
    assert again.figures == facts.figures
    assert report_html(again, "zh") == report_html(facts, "zh")


def test_a_model_that_was_not_tested_has_a_report_all_the_same(evidence):
    """Without rows there are the card's figures and no curves; a base rate says what it is."""
    empty = replace(evidence, tested=evidence.tested.slice(0, 0), groups=None)
    facts = report_facts(empty)
    assert (facts.reliability, facts.months, facts.groups) == (None, (), ())
    text = report_html(facts, "en")
    assert "0.800<small>0.700 – 0.900</small>" in text
    assert Reader(text).open == []
    rate = replace(evidence.card, kind="base_rate", metrics={}, over_baseline=None)
    nobody = report_html(report_facts(replace(empty, card=rate)), "en")
    said = "This model ranks nobody: it gives everyone the base rate, 20.00 % (400 of 2,000 rows)."
    assert said in nobody


def test_scores_in_cents_are_held_against_what_came(evidence):
    """A tenth's mean is what its customers brought, in money, and no rate is drawn."""
    rng = np.random.default_rng(3)
    expected = np.sort(rng.gamma(2, 100_000, 500))
    tested = pa.table(
        {
            "customer_id": np.arange(500),
            "as_of": pa.array([date(2026, 1, 1)] * 500, pa.date32()),
            "cents": np.rint(expected * rng.uniform(0.8, 1.2, 500)).astype(np.int64),
            "expected_cents": expected,
            "baseline_cents": expected,
            "pace_cents": expected,
        }
    )
    figures = {
        "deviance_gain": Estimate(3.0, 1.0, 5.0),
        "observed_ratio": Estimate(1.2, 1.1, 1.3),
        "best_growth_cents": Estimate(123_456.0, 100_000.0, 150_000.0),
    }
    card = replace(evidence.card, kind="growth", unit="cents", metrics=figures, over_baseline=None)
    facts = report_facts(replace(evidence, card=card, tested=tested, groups=None))
    assert (facts.curves, len(facts.tenths)) == ({}, 10)
    cents = tested["cents"].to_numpy()
    assert facts.tenths[0].came.value == pytest.approx(cents[:50].mean())
    assert all(each.came.low < each.came.value < each.came.high for each in facts.tenths)
    text = report_html(facts, "en")
    assert "1,234.56<small>1,000.00 – 1,500.00</small>" in text
    assert f"{cents[:50].mean() / 100:,.2f}<small>" in text
    assert "To be used with care" in text
    assert "The rule foretells leaving" in report_html(
        replace(facts, ruled_out=Text("The rule foretells leaving", "")), "en"
    )


def test_horizons_and_products_have_rows_of_their_own(facts):
    """A card's figures of several scores stand in one table, a row each, with their intervals."""
    more = {
        "auc_30d": Estimate(0.71, 0.69, 0.73),
        "ece_30d": Estimate(0.012, 0.01, 0.02),
        "auc:buys:fund": Estimate(0.66, 0.61, 0.7),
        "auc_rule": Estimate(0.55, 0.5, 0.6),
    }
    card = replace(facts.card, metrics={**facts.card.metrics, **more})
    text = report_html(replace(facts, card=card), "en")
    row = text[text.index("<td>30 days</td>") :]
    assert row.index("0.710<small>0.690 – 0.730</small>") < row.index("0.012<small>")
    assert "<td>buys:fund</td>" in text
    assert "auc_rule" not in text


def test_an_inlined_picture_keeps_to_itself():
    """Prolog, type, metadata and size go; names and what refers to them get the prefix."""
    svg = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "http://x">\n'
        '<svg width="3pt" height="4pt" viewBox="0 0 3 4"><metadata>http://x</metadata>'
        '<g id="a" clip-path="url(#c)"/><use xlink:href="#a" width="7"/></svg>\n'
    )
    assert inlined(svg, "p") == (
        '<svg viewBox="0 0 3 4"><g id="p-a" clip-path="url(#p-c)"/>'
        '<use xlink:href="#p-a" width="7"/></svg>'
    )
