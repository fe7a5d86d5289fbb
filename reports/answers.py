"""What contacts were answered, counted the same way in every report."""

from collections import Counter
from collections.abc import Iterable

from goodcall.vocabulary import CONTACT_GROUP, REFUSALS
from outreach import LoggedContact

# Who said one of these was interested at least.
INTERESTED = ("CONNECTED_INTERESTED", "CONNECTED_APPT", "ACCEPTED", "APPLIED", "PURCHASED")


def answers_of(made: Iterable[LoggedContact]) -> Counter[str]:
    """How many contacts were connected, conversations, of interest, refused, and so on."""
    found: Counter[str] = Counter()
    for contact in made:
        outcomes = contact.outcomes
        found["connected"] += contact.connected
        found["conversations"] += not outcomes.isdisjoint(CONTACT_GROUP)
        found["interested"] += not outcomes.isdisjoint(INTERESTED)
        found["appointments"] += "CONNECTED_APPT" in outcomes
        found["refusals"] += not outcomes.isdisjoint(REFUSALS)
        found["complaints"] += "COMPLAINT" in outcomes
    return found
