"""Files of labels: what they say, and how each mistake in them is answered."""

import re
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from builders import a_bank
from hypothesis import given
from hypothesis import strategies as st
from labelled import AS_OF, a_cohort

from training import BadLabel, ChurnLabel, Horizon, PurchaseLabel, label, parse_labels, read_labels
from training.definitions.definition import (
    AssetsDropLabel,
    ClosureLabel,
    EffectLabel,
    GrowthLabel,
    InactivityLabel,
    LeavingEvents,
    NeedEvents,
    NextProduct,
    PurchaseEvents,
    definition_facts,
    labels_of,
)
from training.definitions.settings import default_labels, shipped_labels

SETTINGS = Path(__file__).parents[2] / "banks" / "settings"


def said(text):
    return parse_labels(text, "mine.toml")


def test_the_shipped_labels_are_the_defaults_of_their_definitions():
    """A file that a bank copies says what the code does, with the kinds that firms' loans need."""
    firms = {"business_loan": ("small_business", "corporate")}
    expected = (LeavingEvents(), NextProduct(sold_to=firms), GrowthLabel())
    assert default_labels() == expected
    for definition in shipped_labels("all_labels.toml"):
        made = type(definition)
        if made not in {PurchaseLabel, NeedEvents, AssetsDropLabel, EffectLabel}:
            assert definition == made()


def test_the_shipped_files_show_every_kind():
    """A kind that no file shows would be found by nobody; an unknown one lists the known."""
    kinds = set()
    for name in ("default_labels.toml", "all_labels.toml"):
        shipped_labels(name)
        text = (Path(__file__).parents[2] / "training" / "definitions" / name).read_text(
            encoding="utf-8"
        )
        kinds |= set(re.findall(r'^kind = "(\w+)"', text, re.MULTILINE))
    with pytest.raises(BadLabel) as refused:
        said('[[label]]\nkind = "divorce"')
    listed = str(refused.value).split("choose one of: ")[1].split(", ")
    assert sorted(kinds) == sorted(listed)


def test_an_effect_names_its_outcome_and_no_other():
    """Each known outcome reads, with its own horizon; an unknown one lists the known."""
    text = '[[label]]\nkind = "effect"\noutcome = "opt_out"\nhorizon_days = 30'
    assert said(text) == (EffectLabel("opt_out", Horizon(30)),)
    assert said(text)[0].name == "effect:opt_out"
    shipped = [each for each in shipped_labels("all_labels.toml") if isinstance(each, EffectLabel)]
    assert {each.outcome for each in shipped} == {"buys", "leaves", "opt_out", "complaint"}
    with pytest.raises(BadLabel, match="choose one of: buys, leaves, opt_out, complaint"):
        said('[[label]]\nkind = "effect"\noutcome = "divorce"')
    with pytest.raises(BadLabel, match="'divorce' is unknown; known: buys"):
        EffectLabel("divorce")


@pytest.mark.parametrize("name", ["berka-labels.toml", "cdnow-labels.toml"])
def test_labels_of_the_public_banks_read(name):
    """Each ready configuration holds labels."""
    assert read_labels(SETTINGS / name)


def test_scores_are_named_by_what_they_say():
    """One name a horizon or family; that of leaving in 90 days is plain churn."""
    assert labels_of(LeavingEvents()) == ("churn:30d", "churn", "churn:180d")
    assert labels_of(NextProduct(("fund", "wealth"))) == ("buys:fund", "buys:wealth")
    assert labels_of(NeedEvents("fund", horizons=(90,))) == ("needs:fund:90d",)
    assert labels_of(PurchaseEvents()) == ("transacts:91d",)
    assert labels_of(ChurnLabel()) == ("churn",)


def test_a_file_says_several_labels_with_settings_of_their_own():
    """Several labels stand beside one another, in the file's order."""
    read = said(
        '[[label]]\nkind = "assets_drop"\nmean = "month"\nfall_percent = 40\ngap_days = 7\n'
        '[[label]]\nkind = "need"\nfamily = "fund"\nperiods = 4\nhorizons = [60, 120]\n'
        '[[label]]\nkind = "next_product"\nfamilies = ["wealth"]\nhorizon_months = 2\n'
        'sold_to = { wealth = ["private"] }\n'
        '[[label]]\nkind = "growth"\nhorizon_days = 30\nkinds = ["retail"]\n'
    )
    assert read == (
        AssetsDropLabel("month", 40, gap_days=7),
        NeedEvents("fund", periods=4, horizons=(60, 120)),
        NextProduct(("wealth",), Horizon(2, "months"), {"wealth": ("private",)}),
        GrowthLabel(Horizon(30), kinds=("retail",)),
    )
    assert definition_facts(read[0])["fall_percent"] == "40"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: it names no label; write one [[label]] table a label"),
        ("a = 1", "line 1: key 'a' is unknown here; known: label"),
        ('[label]\nkind = "lost"', "write it as [[label]]"),
        ("[[label]]\nkind = 3", "line 2 [label]: kind is 3; write one of: churn, leaving"),
        ('[[label]]\nkind = "lost"\nsilent_day = 3', "line 3 [label]: key 'silent_day' is unknown"),
        ('[[label]]\nkind = "lost"\nsilent_days = 0', "line 3 [label]: silent_days is 0"),
        ('[[label]]\nkind = "lost"\nkinds = ["rich"]', "holds 'rich', which is unknown"),
        ('[[label]]\nkind = "need"', "line 1 [label]: family is missing; add family = one of"),
        ('[[label]]\nkind = "need"\nfamily = "gold"', "line 3 [label]: family 'gold' is unknown"),
        ('[[label]]\nkind = "decline"\nfall_percent = 0.3', "whole number from 1 to 99"),
        ('[[label]]\nkind = "churn"\nkeep_share = 1', "keep_share must lie between 0 and 1"),
        ('[[label]]\nkind = "churn"\nkeep_share = nan', "write a number from 0 to 1"),
        (
            '[[label]]\nkind = "leaving"\nhorizons = [31]',
            "give multiples of period_days, 30 to 180",
        ),
        ('[[label]]\nkind = "leaving"\nhorizons = "30"', "write a list of whole numbers of days"),
        ('[[label]]\nkind = "leaving"\nhorizons = [true]', "write a list of whole numbers of days"),
        (
            '[[label]]\nkind = "growth"\nhorizon_days = 3\nhorizon_months = 1',
            "line 4 [label]: it has horizon_days and horizon_months; keep one",
        ),
        (
            '[[label]]\nkind = "next_product"\nsold_to = { gold = ["retail"] }',
            "family 'gold' is unknown here; known: deposit",
        ),
        (
            '[[label]]\nkind = "leaving"\n\n[[label]]\nkind = "churn"',
            "line 4 [label]: label churn stands twice; keep one of them",
        ),
        (
            '[[label]]\nkind = "next_product"\n[[label]]\nkind = "purchase"\nfamily = "fund"',
            "line 3 [label]: label buys:fund stands twice",
        ),
        ("[[label]", "does not read as TOML"),
    ],
)
def test_each_mistake_is_answered_with_its_line_and_a_remedy(text, message):
    """What is wrong, where, and what to write."""
    with pytest.raises(BadLabel, match=re.escape(message)):
        said(text)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """The error says which file, and what to name."""
    with pytest.raises(BadLabel, match=re.escape("name a UTF-8 TOML file that exists")):
        read_labels(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Horizon(0), "1 or more"),
        (lambda: Horizon(3, "weeks"), "days or months"),
        (lambda: PurchaseLabel("gold"), "known: deposit"),
        (lambda: ChurnLabel(gap_days=90), "less than horizon_days"),
        (lambda: ChurnLabel(keep_share=1.0), "between 0 and 1"),
        (lambda: ChurnLabel(recent_days=90), "recent_days"),
        (lambda: ChurnLabel(kinds=("rich",)), "known: retail"),
        (lambda: InactivityLabel(0), "silent_days is 0; give 1 or more"),
        (lambda: InactivityLabel(gap_days=-1), "gap_days is -1"),
        (lambda: ClosureLabel(30, gap_days=30), "horizon_days is 30; give 31 or more"),
        (lambda: AssetsDropLabel("year"), "known: quarter, month"),
        (lambda: AssetsDropLabel(fall_percent=100), "percentage from 1 to 99"),
        (lambda: LeavingEvents(horizons=(30, 30)), "each once"),
        (lambda: NeedEvents("fund", horizons=()), "give multiples"),
        (lambda: NextProduct(("fund", "fund")), "twice"),
        (lambda: NextProduct(("fund",), sold_to={"gold": ()}), "known: deposit"),
        (lambda: GrowthLabel(deposit_margin_bps=-1), "deposit_margin_bps is -1"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(build, message):
    """Definitions are checked when they are made, from a file or not."""
    with pytest.raises(BadLabel, match=message):
        build()


@pytest.mark.parametrize(
    "definition", [LeavingEvents(), NextProduct(), GrowthLabel(), NeedEvents("fund")]
)
def test_what_is_no_yes_or_no_is_not_told_as_one(tmp_path, definition):
    """The error names the doors that tell it."""
    with pytest.raises(BadLabel, match="ask `events`, `next_products` or `future_margin`"):
        label(a_bank(tmp_path / "bank"), a_cohort((1, AS_OF)), definition)


@pytest.mark.parametrize("definition", [*default_labels(), *shipped_labels("all_labels.toml")])
def test_every_definition_is_told_in_both_languages(definition):
    """A meaning names its numbers; the horizon is how far the rows must be watched."""
    meaning = definition.meaning
    for words in (meaning.en, meaning.zh):
        assert any(letter.isdigit() for letter in words)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in meaning.zh)
    assert definition.horizon.after(AS_OF) > AS_OF


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(1, 60),
    st.sampled_from(["days", "months"]),
)
def test_a_horizon_moves_forward_and_keeps_order(day, count, unit):
    """Later dates have later horizons, and pandas' calendar agrees."""
    horizon = Horizon(count, unit)
    end = horizon.after(day)
    assert pd.Timestamp(end) == pd.Timestamp(day) + pd.DateOffset(**{unit: count})
    assert horizon.after(day + timedelta(days=1)) >= end > day
