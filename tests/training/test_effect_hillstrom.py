"""Hillstrom's e-mails, as a flat file with a configuration: one moves by kind, one does not."""

import os
from pathlib import Path

import pytest

from training.effects.effect import NO_SIGNAL, EffectSettings, learn_effect
from training.effects.flat import flat_effect_set, read_flat_contact
from training.errors import BadFlatSpec
from training.flat.flat import read_flat
from training.flat.spec import read_flat_spec

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GOODCALL_PUBLIC_DATA", ROOT.parent / "shared" / "data"))
SETTINGS = ROOT / "banks" / "settings"
PLAIN = EffectSettings(0, learners=("S-learner, lines",))
HEAD = (
    "recency,history,zip_code,channel,mens,womens,newbie,history_segment,visit,conversion,spend,"
    "segment"
)
ROW = "1,10.5,Rural,Web,1,0,1,1) $0 - $100,{},0,0.0,{}"


def an_e_mail(name):
    (file,) = (DATA / "hillstrom").glob("*.csv.gz")
    flat = read_flat(file, read_flat_spec(SETTINGS / "hillstrom.toml"))
    return flat_effect_set(flat, read_flat_contact(SETTINGS / f"hillstrom-{name}.toml"))


@pytest.mark.slow
def test_the_womens_e_mail_has_a_signal():
    """Its Qini lies where an honest baseline found it, .062 +- .005, above any random score."""
    learned = learn_effect(an_e_mail("womens"), PLAIN)
    assert learned.gate.opens
    assert learned.learner == "S-learner, lines"
    assert learned.metrics["qini"].value > 0.057
    assert learned.averages[0].difference.value == pytest.approx(0.0452, abs=1e-4)


@pytest.mark.slow
def test_the_mens_e_mail_has_none():
    """Nothing ranks better than the plain response does, so the average effect stands."""
    learned = learn_effect(an_e_mail("mens"), PLAIN)
    assert not learned.gate.above_response
    assert learned.learner == NO_SIGNAL
    assert learned.averages[0].difference.value == pytest.approx(0.0766, abs=1e-4)


def a_flat_file(path, segments):
    rows = [ROW.format(number % 2, segment) for number, segment in enumerate(segments)]
    file = path / "mails.csv"
    file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return read_flat(file, read_flat_spec(SETTINGS / "hillstrom.toml"))


def test_an_arm_that_the_file_lacks_is_named(tmp_path):
    """The error lists the words that the column holds."""
    flat = a_flat_file(tmp_path, ["No E-Mail", "Mens E-Mail"] * 60)
    contact = read_flat_contact(SETTINGS / "hillstrom-womens.toml")
    with pytest.raises(BadFlatSpec, match="'Womens E-Mail' in 'segment'; it holds: Mens E-Mail, N"):
        flat_effect_set(flat, contact)


def test_the_other_arms_rows_are_left_out(tmp_path):
    """Rows of a third arm are neither contacted nor left alone."""
    words = ["No E-Mail", "Mens E-Mail", "Womens E-Mail", "Womens E-Mail", "No E-Mail"]
    flat = a_flat_file(tmp_path, words * 60)
    data = flat_effect_set(flat, read_flat_contact(SETTINGS / "hillstrom-womens.toml"))
    assert len(data.y) == 240
    assert data.treated.sum() == 120
    assert data.labels == ("visit:Womens E-Mail:segment",)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('column = "a"\ntreated = "b"\ncontrol = "c"', "probability is missing"),
        ('column = "a"\ntreated = "b"\ncontrol = "c"\nprobability = 2', "probability is 2"),
        ('column = "a"\ntreated = "b"\ncontrol = "c"\nprobability = 0.5\nx = 1', "'x' is unknown"),
    ],
)
def test_a_wrong_comparison_is_refused_with_its_line(tmp_path, said, message):
    """Mistakes are found when the file is read."""
    file = tmp_path / "compare.toml"
    file.write_text(said, encoding="utf-8")
    with pytest.raises(BadFlatSpec, match=message):
        read_flat_contact(file)
