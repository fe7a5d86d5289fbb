"""What has a code for programs has words for people."""

from cli.words import RULE_KINDS, rule_words
from goodcall import Text
from governance.rights_store import KINDS as ASKED
from outreach.builtin import OWN_KINDS
from outreach.kinds import KINDS
from reports.fairness import RIGHTS


def test_every_kind_of_rule_has_words():
    """Those of policies and those of a customer's own wishes; a rule's own id is left as it is."""
    assert {*RULE_KINDS} == {*KINDS, *OWN_KINDS}
    assert rule_words("quiet_hours") == Text("quiet hours", "静默时段")
    assert rule_words("identity").zh == "客户或联系方式无效"
    assert rule_words("hours-of-ours") == Text("hours-of-ours", "hours-of-ours")


def test_every_right_has_words():
    """Each that a customer may ask for."""
    assert {*RIGHTS} == {*ASKED}
