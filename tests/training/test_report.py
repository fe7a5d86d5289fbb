"""A model's report: complete, self-contained, in both languages, the same each time."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from judged import a_tested, an_evidence

from goodcall.language import Text
from models.card import Estimate
from training import report_facts, report_html
from training.evaluation.evaluate import Use
from training.evaluation.profit import Campaign
from training.gates.result import GateResult
from training.reporting.figures import inlined

PICTURE = '<?xml version="1.0"?><!DOCTYPE svg><svg id="a"><g id="b"/><use href="#b"/></svg>'
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
    return replace(known, use=Use(50, Campaign()), pictures={"What counts": PICTURE})


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
    """Four curves and the given picture, each an element of its own that scales."""
    drawn = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawn) == 5
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
        *("AUC over a plain logistic regression: +0.050 (+0.010 – +0.090), shown",),
        *("A list holds 50 rows of a date", "<too> little", "closed", "What counts"),
    )
    for each in told:
        assert each in words
    model = facts.figures["model"]["auc"]
    assert f"{model.value:.3f}<small>{model.low:.3f} – {model.high:.3f}</small>" in text


def test_rivals_stand_beside_the_model_on_the_same_rows(evidence):
    """A column of the tested rows is a contender; without one there is none."""
    y = evidence.tested["y"]
    ruled = evidence.tested.append_column("rule", y.cast(pa.float64()))
    facts = report_facts(replace(evidence, tested=ruled))
    assert list(facts.figures) == ["model", "baseline", "rule"]
    assert facts.figures["rule"]["auc"].value == 1
    assert set(facts.figures["model"]) == set(facts.figures["baseline"])
    assert '<th class="n">rule</th>' in report_html(facts, "en")
    alone = report_facts(replace(evidence, tested=evidence.tested.drop_columns("baseline")))
    assert list(alone.figures) == ["model"]


def test_the_chinese_page_speaks_chinese(facts, evidence):
    """No heading and no column name is left in English."""
    text = report_html(facts, "zh")
    assert '<html lang="zh-CN">' in text
    headings = re.findall(r"<h[123]>(.*?)</h[123]>", text) + re.findall(
        r"<figcaption>(.*?)</figcaption>", text
    )
    chinese = [each for each in headings if each != "What counts"]
    assert len(chinese) >= 12
    assert all(re.search("[一-鿿]", each) for each in chinese)
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
    assert "This model ranks nobody: it gives everyone the base rate, 20.00 %." in nobody


def test_scores_in_cents_have_no_curves(evidence):
    """Their outcomes are no yes and no: only the card's figures stand in the report."""
    cents = evidence.tested.set_column(
        2, "y", pa.array(range(evidence.tested.num_rows), pa.int64())
    )
    facts = report_facts(replace(evidence, tested=cents, groups=None))
    assert facts.curves == {}
    assert "0.800" in report_html(facts, "en")


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
