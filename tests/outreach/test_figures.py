"""Measured figures in a policy's text: only they change, and what was assumed is kept beside."""

import re

import pytest

from outreach import (
    NewFigure,
    PolicyError,
    default_policy_text,
    guesses,
    parse_policy,
    with_figures,
)

PHONE = 'phone = { is = 1.6, source = "assumed" }'
LOT = "measured until 2026-06-30: 5308 contacts, 1237 drawn by lot"


def figure(**facts):
    plain = {
        "table": "lift_ratio",
        "channel": "phone",
        "amount": 1.71234,
        "source": LOT,
        "prior": 1.6,
    }
    return NewFigure(**(plain | facts))


def test_only_the_lines_of_the_figures_change():
    """Comments and all other figures stay to the byte, also those of the same channel."""
    policy = parse_policy(default_policy_text())
    harm = figure(table="complaint_probability", channel="sms", amount=0.00123, prior=0.0003)
    text = with_figures(policy, [figure(), harm])
    before, after = policy.text.splitlines(), text.splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        f'phone = {{ is = 1.712, source = "{LOT}", prior = 1.6 }}',
        f'sms = {{ is = 0.00123, source = "{LOT}", prior = 0.0003 }}',
    ]
    value = parse_policy(text).value
    assert value.lift_ratio["phone"].amount == pytest.approx(1.712)
    assert not value.lift_ratio["phone"].assumed
    assert value.lift_ratio["branch"].assumed


def test_a_measured_figure_is_measured_again_from_what_was_assumed():
    """So no contact counts twice; a figure that the bank has from elsewhere is left alone."""
    policy = parse_policy(default_policy_text())
    text = with_figures(policy, [figure()])
    own = text.replace(
        'branch = { is = 1.9, source = "assumed" }', 'branch = { is = 2, source = "trial" }'
    )
    told = guesses(parse_policy(own).value)["lift_ratio"]
    assert told == {"phone": 1.6, "sms": 1.1}
    assert with_figures(parse_policy(text), [figure()]) == text


def test_a_figure_written_otherwise_is_refused_with_what_to_write():
    """One line for a whole table is good TOML, but no line to put a figure into."""
    told = re.search(r"\[value\.lift_ratio\]\n(?:\w.*\n)+", default_policy_text())[0]
    rows = [line for line in told.splitlines()[1:] if line]
    flat = (
        default_policy_text()
        .replace(told, "")
        .replace("[value]\n", "[value]\nlift_ratio = { " + ", ".join(rows) + " }\n")
    )
    with pytest.raises(
        PolicyError, match=r"phone of \[value.lift_ratio\] stands on no line of its own"
    ):
        with_figures(parse_policy(flat), [figure()])


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ('is = 1.6, source = "assumed", prior = 1.5', r"is itself assumed; take prior out"),
        ('is = 1.6, source = "lot", prior = 15', r"prior is 15; write a number from 0 to 10"),
        ('is = 1.6, source = "lot", before = 1.5', r"'before' is unknown here; known: is, prior"),
    ],
)
def test_a_prior_must_make_sense(new, message):
    """It is what was assumed of a figure that somebody measured since."""
    text = default_policy_text().replace(PHONE, f"phone = {{ {new} }}")
    assert text != default_policy_text()
    with pytest.raises(PolicyError, match=message):
        parse_policy(text)
