"""How large a test must be, as the command line tells it."""

import json

import pytest
from typer.testing import CliRunner

from cli.app import app
from reports import BadDesign


def asked(*words):
    return CliRunner().invoke(app, ["outreach", "holdout", "size", *words])


def test_a_cut_of_churn_takes_some_eighty_three_thousand_customers():
    """With a tenth held out; on equal sides 14,100 each."""
    done = asked("--rate", ".044", "--cut", ".15", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "83,001" in done.output
    assert "28,133" in done.output


def test_what_the_customers_at_hand_would_show():
    """The chance to show the cut, and the smallest change that they show."""
    said = ["--rate", ".044", "--cut", ".15", "--customers", "83001", "--json"]
    found = json.loads(asked(*said).stdout)
    assert found["power"] == pytest.approx(0.8, abs=1e-4)
    assert found["smallest_change"] == pytest.approx(-0.15, abs=1e-4)


def test_a_rise_is_a_cut_below_zero():
    """A third more purchases of 9 % need fewer customers than a third less of 3 %."""
    more, less = (
        json.loads(asked("--rate", rate, "--cut", cut, "--json").stdout)["customers_needed"]
        for rate, cut in ((".09", "-.3"), (".03", ".3"))
    )
    assert more < less


def test_figures_that_cannot_be_are_refused():
    """In words that say what is allowed."""
    done = asked("--rate", "1.5", "--cut", ".1")
    assert isinstance(done.exception, BadDesign)
    assert "between 0 and 1" in str(done.exception)
