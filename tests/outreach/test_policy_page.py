"""The page on the policy: every block reads, every case comes out, every kind and key is taught."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from policed import Desk, grant, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from goodcall.profile import Consent, Profile
from goodcall.vocabulary import CHANNELS, OUTCOMES
from outreach import PolicyError, Request, default_policy_text, parse_policy
from outreach.builtin import RESERVED_IDS
from outreach.kinds import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
WHOLE, *PARTS = [text for language, text in _FENCE.findall(PAGE) if language == "toml"]
# Each block of cases with the rules that stand before it.
CASES = re.findall(r"```toml\n((?:(?!```).)*?)```(?:(?!```).)*?```text\n(.*?)```", PAGE, re.DOTALL)
_AT = r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"
_TOLD = re.compile(rf"({_AT})\s+(\w+)(?: ([\w-]+))?: (\w+)")
_ASKED = re.compile(
    rf"({_AT})\s+(\w+)(?: ([\w-]+))?\? (\w+)(?: (?:for ever|until ({_AT})) \((\w+(?:, \w+)*)\))?"
)
ON_SALE = (
    offer("gold-card", "credit_card"),
    offer("platinum-card", "credit_card"),
    offer("fund-a", "fund"),
)


def plain(*blocks):
    """A policy with every channel and these blocks."""
    return parse_policy(policy_of().text + "".join(blocks), "page.toml")


def test_the_whole_policy_reads_by_itself():
    """It is a file that a bank could start from."""
    policy = parse_policy(WHOLE)
    assert [channel.id for channel in policy.channels] == ["phone", "sms"]
    assert (policy.holdout_share, policy.explore_share) == (0.10, 0.05)


@pytest.mark.parametrize("block", PARTS, ids=range(len(PARTS)))
def test_every_block_reads_as_part_of_a_policy(block):
    """Added to a file with channels and figures it is read without a fault."""
    assert plain(block).text.endswith(block)


def test_all_blocks_read_together():
    """They are about one policy, the shipped one's ids apart."""
    assert {rule.kind for rule in plain(*PARTS).rules} >= set(KINDS)


@pytest.mark.parametrize(("rules", "cases"), CASES, ids=range(len(CASES)))
def test_every_case_comes_out_as_it_is_told(desk, rules, cases):
    """What is told is told to the ledger; what is asked is answered by it."""
    desk.policy = plain(rules)
    desk.sells(*ON_SALE)
    asked = 0
    for line in cases.strip().splitlines():
        if told := _TOLD.fullmatch(line.strip()):
            tell(desk, *told.groups())
            continue
        found = _ASKED.fullmatch(line.strip())
        assert found is not None, line
        at, channel, code, verdict, until, failing = found.groups()
        said = desk.would(at, channel, offer_code=code)
        expected = (verdict, moment(until) if until else None, failing)
        assert (said.verdict, said.until, ", ".join(said.failing) or None) == expected, line
        asked += 1
    assert asked


def tell(desk: Desk, at, channel, code, word):
    """A contact that was made, or a word of consent."""
    if channel == "consent":
        given = grant(at) if word == "grant" else Consent(moment(at), word)
        desk.notes(given, at)
    else:
        assert word in OUTCOMES
        desk.sent(at, channel, word, offer_code=code)


def test_no_block_of_cases_is_left_out():
    """Each stands below the rules that it is about."""
    assert len(CASES) == sum(language == "text" for language, _ in _FENCE.findall(PAGE)) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taught_with_all_that_it_may_say(kind):
    """A heading, a block, and each key that the kind knows somewhere on the page."""
    assert re.search(rf"^### .*`{kind}`", PAGE, re.MULTILINE)
    block = next(part for part in PARTS if f'kind = "{kind}"' in part)
    with pytest.raises(PolicyError, match="key 'zzz' is unknown here") as caught:
        plain(block.replace(f'kind = "{kind}"', f'kind = "{kind}"\nzzz = 1', 1))
    known = str(caught.value).partition("known: ")[2].partition(";")[0].split(", ")
    assert len(known) > 4
    missing = [key for key in known if not re.search(rf"[`\n]{key}(`| = )", PAGE)]
    assert missing == []


@pytest.mark.parametrize("name", [*RESERVED_IDS, *CHANNELS])
def test_every_built_in_check_and_channel_is_named(name):
    """What no file can change is told too."""
    assert f"`{name}`" in PAGE


def test_every_fact_and_every_field_of_a_request_is_named():
    """Of the files that `policy decide` reads, but for what needs no saying."""
    names = {each.name for kind in (Profile, Request) for each in fields(kind)} - {"known_before"}
    parts = {each.name for each in fields(Consent)}
    assert [name for name in sorted(names | parts) if f"`{name}`" not in PAGE] == []


def test_the_decisions_of_the_page_are_those_of_the_command(tmp_path):
    """Facts, requests and answers as they stand, under the shipped policy."""
    blocks = _FENCE.findall(PAGE)
    facts, answers = [text for language, text in blocks if language == "json"]
    (requests,) = [text for language, text in blocks if language == "jsonl"]
    names = ("policy.toml", "facts.json", "requests.jsonl")
    for name, text in zip(names, (default_policy_text(), facts, requests), strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    options = zip(("--policy", "--facts", "--requests"), names, strict=True)
    words = [word for option, name in options for word in (option, str(tmp_path / name))]
    done = CliRunner().invoke(app, ["policy", "decide", *words])
    assert done.exit_code == 0, done.exception
    given = [json.loads(line) for line in done.stdout.splitlines()]
    shown = [json.loads(text) for text in answers.split("\n\n")]
    for said in (*given, *shown):
        assert re.fullmatch(r"[0-9a-f]{12}", said.pop("policy_version"))
    assert given == shown
