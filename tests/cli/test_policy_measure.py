"""`goodcall policy measure` as a person uses it: look, write, check, and measure again."""

import json

import pytest
from typer.testing import CliRunner

from banks import found
from cli.app import app
from outreach import default_policy_text, load_policy


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A simulated bank of a year and a half, by the managers' habits and a lot."""
    path = tmp_path_factory.mktemp("measured") / "bank"
    found(path, customers=500, months=18, lived=18, seed=11, world="default")
    return path


def run(home, *words, code=0):
    done = CliRunner().invoke(app, ["policy", "measure", *map(str, words), "--home", str(home)])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done


def test_figures_are_told_written_and_good(bank, tmp_path):
    """Each figure of the three channels has an interval round it; the new file can be checked."""
    (tmp_path / "policy.toml").write_text(default_policy_text(), "utf-8")
    new = tmp_path / "new.toml"
    done = json.loads(run(tmp_path, bank, "--write", new, "--json").stdout)
    told = {(each["kind"], each["channel"]): each for each in done["figures"]}
    assert len(told) == 3 + 2 + 3 + 3
    for each in told.values():
        assert 0 <= each["low"] < each["measured"] < each["high"]
        assert each["reached"] <= each["contacts"]
    reach = {
        channel: told["save_rate", channel]["reached"] / told["save_rate", channel]["contacts"]
        for channel in ("phone", "branch")
    }
    assert reach["phone"] == pytest.approx(0.5, abs=0.1)
    assert reach["branch"] > 0.9
    saves = {channel: told["save_rate", channel]["measured"] for channel in reach}
    assert saves["branch"] > 1.3 * saves["phone"]
    assert told["opt_out_probability", "branch"]["measured"] > 1.5 * 0.001
    value = load_policy(new).value
    for (kind, channel), each in told.items():
        figure = getattr(value, kind)[channel]
        assert figure.amount == pytest.approx(each["measured"], rel=1e-3)
        assert figure.prior == each["assumed"]
    assert load_policy(tmp_path / "policy.toml").text == default_policy_text()
    assert CliRunner().invoke(app, ["policy", "check", str(new)]).exit_code == 0


def test_measured_again_nothing_counts_twice(bank, tmp_path):
    """The figures of a measured policy come out as they did."""
    (tmp_path / "policy.toml").write_text(default_policy_text(), "utf-8")
    first, again = tmp_path / "first.toml", tmp_path / "again.toml"
    words = run(tmp_path, bank, "--write", first, "--lang", "en").stdout
    assert "leaving, share prevented" in words
    assert "nothing is in force yet" in words
    run(tmp_path, bank, "--policy", first, "--write", again)
    assert again.read_text("utf-8") == first.read_text("utf-8")


def test_without_a_policy_it_says_what_to_name(bank, tmp_path):
    """The workspace's own is the default."""
    done = run(tmp_path / "empty", bank, code=1)
    assert "name one with --policy" in str(done.exception)


def test_the_policy_in_force_is_never_overwritten(bank, tmp_path):
    """It stays as it is, and the error says what to do instead."""
    own = tmp_path / "policy.toml"
    own.write_text(default_policy_text(), "utf-8")
    done = run(tmp_path, bank, "--write", own, code=1)
    assert "name another file" in str(done.exception)
    assert own.read_text("utf-8") == default_policy_text()


def test_figures_that_cannot_be_written_can_be_looked_at(bank, tmp_path):
    """Of a table on one line they are told; writing them names the file and the line to write."""
    text = default_policy_text()
    begins = text.index("[value.save_rate]")
    ends = text.index("[value.opt_out_probability]")
    rows = [line for line in text[begins:ends].splitlines() if line.startswith(("phone", "branch"))]
    flat = text[:begins] + text[ends:].replace(
        "[value]\n", "[value]\nsave_rate = { " + ", ".join(rows) + " }\n"
    )
    file = tmp_path / "flat.toml"
    file.write_text(flat, "utf-8")
    told = json.loads(run(tmp_path, bank, "--policy", file, "--json").stdout)
    assert any(each["kind"] == "save_rate" for each in told["figures"])
    done = run(tmp_path, bank, "--policy", file, "--write", tmp_path / "new.toml", code=1)
    assert "flat.toml: the figure branch of [value.save_rate]" in str(done.exception)
    assert not (tmp_path / "new.toml").exists()
