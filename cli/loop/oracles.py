"""Oracles that know what every contact would bring, each of which is after something else."""

from collections.abc import Mapping

from banks import Records, outlook
from cli.loop.desk import Desk, Wishes
from cli.loop.players import ORACLE
from cli.loop.rivals import RIVALS, Chooser
from cli.loop.worth import Result
from goodcall import Text

# How many more purchases, and how much less churn, than under product push are hoped for.
MORE_SOLD, LESS_CHURN = 0.30, 0.15
BY_PURCHASES, BY_CHURN = "by_purchases", "by_churn"
# How much of what is wanted is purchases, the rest being churn: each hope counts as much in all.
_PURCHASES = {
    BY_PURCHASES: 1.0,
    "mostly_purchases": 0.75,
    "both_alike": 0.5,
    "mostly_churn": 0.25,
    BY_CHURN: 0.0,
}
# A contact is weighed in whole units, of which a purchase is so many.
_UNIT = 1e6

ORACLE_WORDS: Mapping[str, Text] = {
    ORACLE: Text("by net value", "按净价值"),
    BY_PURCHASES: Text("by purchases", "按购买"),
    "mostly_purchases": Text("mostly by purchases", "以购买为主"),
    "both_alike": Text("by both alike", "两者并重"),
    "mostly_churn": Text("mostly by churn", "以流失为主"),
    BY_CHURN: Text("by churn", "按流失"),
}


def oracles_against(pushed: Result) -> Mapping[str, Chooser]:
    """The oracles by their name, for what product push came to.

    One goes by net value, one by purchases caused, one by leaving prevented, and three weigh the
    latter two against each other: all purchases that are hoped for count as much as all the leaving
    that is to be prevented.
    """
    leaving = MORE_SOLD * pushed.purchases / (LESS_CHURN * max(pushed.left, 1))
    mixed = {name: _after(share, (1 - share) * leaving) for name, share in _PURCHASES.items()}
    return {ORACLE: RIVALS[ORACLE]} | mixed


def _after(purchase: float, leaving: float) -> Chooser:
    """Who chooses by what a purchase caused and a customer's leaving prevented count.

    A customer leaves by the share of the money that goes; no later month is looked at.
    """

    def choose(desk: Desk, most: int | None) -> Records:
        seen = outlook(desk.bank)
        bought = seen.bought[:, :, desk.channels]
        offers = purchase * bought + leaving * seen.kept_by_offer[:, None, desk.channels]
        care = leaving * seen.kept_by_care[:, desk.channels]
        return desk.chosen(Wishes(_UNIT * offers, _UNIT * care), most)

    return choose
