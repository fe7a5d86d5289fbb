"""`goodcall policy` as a person uses it: good or the line of a mistake; decisions from files."""

import json
import re
import sys

import pytest
from typer.testing import CliRunner

from cli import app as front
from cli.app import app
from outreach import default_policy_text

LEVER = """
[[lever]]
id = "card_week"
owner = "card office"
expires = 2026-06-30
families = ["credit_card"]
weight = 20
most_rows = 100
"""
FACTS = {
    "customers": [
        {
            "customer_id": 1,
            "points": [{"point_id": 11, "channel": "phone", "value": "19900000001", "valid": True}],
            "consents": [
                {
                    "happened_at": "2026-01-05T10:00:00+08:00",
                    "action": "grant",
                    "evidence_source": "branch form",
                    "text_version": "v3",
                }
            ],
        }
    ]
}


def asked(name, at="2026-06-08T10:00:00+08:00"):
    said = {"request_id": name, "customer_id": 1, "channel": "sms", "point_id": 11, "now": at}
    return json.dumps(said) + "\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "policy.toml").write_text(default_policy_text() + LEVER, "utf-8")
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), "utf-8")
    return tmp_path


def run(*words, code=0, given=None):
    done = CliRunner().invoke(app, ["policy", *map(str, words)], input=given)
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.stdout


def decide(files, *more, **how):
    named = ("--policy", files / "policy.toml", "--facts", files / "facts.json")
    return run("decide", *named, "--requests", *more, **how)


def test_a_good_policy_is_shown_as_it_is_evaluated(files):
    """Version, zone, channels, rules by step with kind and owner, and what ends."""
    said = run("check", files / "policy.toml", "--date", "2026-06-08", "--lang", "en")
    assert re.search(r"policy\.toml is good: version [0-9a-f]{12}, zone Asia/Shanghai", said)
    steps = [int(n) for n in re.findall(r"^(\d+) [a-z]", said, re.MULTILINE)]
    assert steps == sorted(steps)
    assert re.search(r"9 frequency +sms_weekly +frequency_cap +sms +marketing", said)
    assert re.search(r"lever +card_week +2026-06-30", said)
    assert "Every rule counts what happened before it was written." in said
    assert "note:" not in said
    assert "提示:lever card_week 已于2026-06-30到期" in run(
        "check", files / "policy.toml", "--date", "2026-07-01", "--lang", "zh"
    )


def test_a_good_policy_as_json(files):
    """The same facts for programs."""
    said = json.loads(run("check", files / "policy.toml", "--date", "2026-07-01", "--json"))
    assert (said["good"], said["zone"], said["judged_on"]) == (True, "Asia/Shanghai", "2026-07-01")
    rules = {rule["id"]: rule for rule in said["rules"]}
    assert (rules["identity"]["built_in"], rules["already_holds"]["built_in"]) == (True, False)
    assert (rules["sms_weekly"]["step"], rules["sms_weekly"]["channels"]) == (9, ["sms"])
    assert [rule["step"] for rule in said["rules"]] == sorted(r["step"] for r in said["rules"])
    (ending,) = said["endings"]
    assert ending == {"kind": "lever", "id": "card_week", "last_day": "2026-06-30", "ended": True}
    assert [notice["about"] for notice in said["notices"]] == ["card_week"]


def test_a_mistake_is_told_with_its_line_and_exits_with_1(files, monkeypatch, capsys):
    """What is wrong, what is allowed, what to do; and the same in JSON."""
    broken = default_policy_text().replace("at_most = 2", "at_most = 0", 1)
    line = next(n for n, said in enumerate(broken.splitlines(), 1) if said == "at_most = 0")
    (files / "broken.toml").write_text(broken, "utf-8")
    said = json.loads(run("check", files / "broken.toml", "--json", code=1))
    assert said["good"] is False
    assert f"broken.toml, line {line} [rule]: at_most is 0; write a whole number" in said["error"]
    monkeypatch.setattr(sys, "argv", ["goodcall", "policy", "check", str(files / "broken.toml")])
    with pytest.raises(SystemExit) as ended:
        front.main()
    assert ended.value.code == 1
    assert f"line {line} [rule]: at_most is 0" in capsys.readouterr().err


def test_one_decision_a_line_from_a_file_and_from_standard_input(files):
    """In the order of the requests, byte for byte the same."""
    lines = asked("a") + asked("b", "2026-06-08T22:00:00+08:00")
    (files / "req.jsonl").write_text(lines, "utf-8")
    said = decide(files, files / "req.jsonl")
    first, second = map(json.loads, said.splitlines())
    assert (first["request_id"], first["verdict"]) == ("a", "allow")
    assert (second["verdict"], second["failing"]) == ("defer", ["calling_hours"])
    assert second["until"] == "2026-06-09T01:00:00+00:00"
    assert decide(files, "-", given=lines) == said
    whole = json.loads(decide(files, "-", "--explain", given=asked("a")))
    assert {"identity", "holdout"} <= {rule["rule"] for rule in whole["rules"]}


def test_a_line_that_cannot_be_judged_stops_after_those_before_it(files):
    """Their decisions are printed; the error names the line."""
    done = CliRunner().invoke(
        app,
        ["policy", "decide", "--policy", str(files / "policy.toml"),
         "--facts", str(files / "facts.json"),
         "--requests", "-"],
        input=asked("a") + asked("b", "2026-06-08T22:00:00"),
    )  # fmt: skip
    assert (done.exit_code, len(done.stdout.splitlines())) == (1, 1)
    assert str(done.exception).startswith("-, line 2: now: '2026-06-08T22:00:00' has no zone")
    missing = CliRunner().invoke(
        app,
        ["policy", "decide", "--policy", str(files / "policy.toml"),
         "--facts", str(files / "facts.json"),
         "--requests", "none.jsonl"],
    )  # fmt: skip
    assert "requests none.jsonl cannot be read" in str(missing.exception)
