"""Where contacts are asked for: the ledger, with all that a decision needs besides it.

The command line and the service stand at the same counter: what one may do with a row of a list,
with a promise or with a request of its own, the other does by the same functions.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Protocol

from goodcall.calendar import local_date
from goodcall.profile import Pause, Preference, Profile
from outreach.card import Card, card_of
from outreach.decide import Decision
from outreach.errors import IllegalTransition, NotFound
from outreach.experiment import in_holdout
from outreach.ledger import Ledger
from outreach.offer import Offer
from outreach.planned import Promise, request_of
from outreach.policy import Policy
from outreach.promised import promised_now
from outreach.request import Facts, Request, facts_of
from outreach.row_states import ListedRow
from outreach.wishes import Wish, wishes_of

# Nobody promises anything for later than that.
_FAR = timedelta(days=3650)


class People(Protocol):
    """The customers as the online store has them."""

    def profile(self, customer_id: int) -> Profile | None:
        """What the bank knows of a customer; None of one whom it does not know."""
        ...

    def household(self, household_id: int) -> tuple[int, ...]:
        """The members of a household."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """The decision on a contact, and its number where it may be made."""

    decision: Decision
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class Counter:
    """A ledger at one moment, under one policy, with the offers on sale and the people asked about.

    `now` is a UTC instant of whole seconds.
    """

    ledger: Ledger
    policy: Policy
    offers: Sequence[Offer]
    holdout_key: bytes
    people: People
    now: datetime

    def profile(self, customer_id: int) -> Profile:
        """A customer as the online store has them; NotFound of one whom it lacks."""
        found = self.people.profile(customer_id)
        if found is None:
            raise NotFound(f"customer {customer_id} is not in the online store; plan the day again")
        return found

    def known(self, customer_ids: Iterable[int]) -> Mapping[int, Facts]:
        """What is known of customers now: their profiles with the ledger's history, the offers."""
        profiles = {who: self.profile(who) for who in sorted(set(customer_ids))}
        history = self.ledger.history(profiles.values())
        book = {offer.code: offer for offer in self.offers}
        return {
            who: facts_of(profile, book, holdout=False, history=history[who])
            for who, profile in profiles.items()
        }

    def wishes(self, customer_id: int) -> tuple[Preference | Pause, ...]:
        """What a customer wishes about being contacted now, by the ledger."""
        profile = self.known([customer_id])[customer_id].profile
        return wishes_of(profile, local_date(self.now, profile.zone))

    def wish(self, customer_id: int, wish: Wish, agent: int) -> tuple[Preference | Pause, ...]:
        """Take note of what a customer wishes from now on, and say what stands then.

        All of it is noted, or nothing.
        """
        self.profile(customer_id)
        self.ledger.note(customer_id, *wish.notes(self.now), now=self.now, agent=agent)
        return self.wishes(customer_id)

    def judged(self, request: Request, at: datetime | None = None) -> Decision:
        """What would be answered to a request now, or at another moment; nothing is written."""
        profile = self.profile(request.customer_id)
        return self.ledger.explain(request, profile, **self._around(profile, at or self.now))

    def reserved(self, request: Request) -> Taken:
        """The decision on a contact that is about to happen; an allowed one is reserved.

        A request id that was decided before gets its first decision again.
        """
        profile = self.profile(request.customer_id)
        decision = self.ledger.reserve(request, profile, **self._around(profile, self.now))
        return Taken(decision, self._contact(request, decision))

    def row(self, day: date, list_id: int, rank: int) -> ListedRow:
        """A row of a day's list as it stands; NotFound where the list has none of that rank."""
        for listed in self.rows(day, list_id):
            if listed.row.rank == rank:
                return listed
        raise NotFound(f"the list has no row {rank}; `goodcall outreach list` shows its rows")

    def rows(self, day: date, list_id: int) -> tuple[ListedRow, ...]:
        """The rows of a day's list as they stand now; NotFound where it has none."""
        listed = self.ledger.list_rows(day, list_id, at=self.now)
        if not listed:
            raise NotFound(
                f"list {list_id} of {day} has no rows; `goodcall outreach plan` says how many "
                "lists there are, and `goodcall outreach why CUSTOMER` why someone is on none"
            )
        return listed

    def card(self, listed: ListedRow, day: date) -> Card:
        """The card of a row of a day's list, judged this moment."""
        who = listed.row.customer_id
        decision = self.judged(request_of(listed.row))
        trail = self.ledger.trail(who, day)
        return card_of(listed, self.known([who])[who], decision, trail, policy=self.policy)

    def take(self, listed: ListedRow, agent: int, *, dial: bool = False) -> Taken:
        """The decision on contacting a row's customer now, and the contact's number where allowed.

        A reservation of the row that nobody dialled is given back as it stands. With `dial` the
        contact is noted as being made.
        """
        if listed.word is not None:
            raise IllegalTransition(
                f"row {listed.row.rank} was set aside as {listed.word}; take another row"
            )
        standing = listed.contact_id if listed.state == "reserved" else None
        taken = self._taken(lambda number: request_of(listed.row, number), standing)
        return self._dialled(taken, agent) if dial else taken

    def promise(self, contact_id: int) -> Promise:
        """What was promised in a contact and is still open; NotFound where nothing is."""
        for promise in self._open():
            if promise.contact_id == contact_id:
                return promise
        raise NotFound(
            f"nothing that was promised in contact {contact_id} is open; `goodcall outreach list` "
            "shows what is"
        )

    def keep(self, promise: Promise, agent: int, *, dial: bool = False) -> Taken:
        """The decision on keeping now what was promised, on a list or on none."""
        facts = self.known([promise.customer_id])[promise.customer_id]
        taken = self._taken(
            lambda number: promised_now(promise, facts, self.policy, self.now, number), None
        )
        return self._dialled(taken, agent) if dial else taken

    def foreseen(self, contact_id: int) -> Decision | None:
        """What keeping a promise would be answered at its moment as things stand, if it is open."""
        promise = next((each for each in self._open() if each.contact_id == contact_id), None)
        if promise is None:
            return None
        facts = self.known([promise.customer_id])[promise.customer_id]
        asked = promised_now(promise, facts, self.policy, promise.due_at, 1)
        return self.judged(asked, promise.due_at)

    def family(self, listed: ListedRow) -> str | None:
        """The family of a row's offer; None where it has none or it is no longer on sale."""
        code = listed.row.offer_code
        return next((each.family for each in self.offers if each.code == code), None)

    def relatives(self, profile: Profile) -> tuple[Profile, ...]:
        """The other members of a customer's household now."""
        if profile.household_id is None:
            return ()
        members: Collection[int] = self.people.household(profile.household_id)
        return tuple(self.profile(each) for each in sorted({*members} - {profile.customer_id}))

    def _around(self, profile: Profile, at: datetime) -> dict[str, Any]:
        """What the ledger is told beside a request."""
        draw = self.ledger.draw([profile]) or self.policy.undrawn
        return {
            "offers": self.offers,
            "policy": self.policy,
            "now": at,
            "holdout": in_holdout(profile, self.holdout_key, draw),
            "relatives": self.relatives(profile),
        }

    def _taken(self, asked: Callable[[int], Request], standing: int | None) -> Taken:
        """What is answered to the first of the requests that was not answered before this moment.

        A decision stands for its request's id; one that reserved the `standing` contact is found
        again.
        """
        profile = self.profile(asked(1).customer_id)
        around = self._around(profile, self.now)
        for number in count(1):
            request = asked(number)
            decision = self.ledger.reserve(request, profile, **around)
            contact = self._contact(request, decision)
            if decision.decided_at == self.now or (contact is not None and contact == standing):
                return Taken(decision, contact)
        raise AssertionError("requests are numbered without end")

    def _contact(self, request: Request, decision: Decision) -> int | None:
        return self.ledger.contact_id(request.request_id) if decision.verdict == "allow" else None

    def _dialled(self, taken: Taken, agent: int) -> Taken:
        if taken.contact_id is not None:
            self.ledger.dial(taken.contact_id, now=self.now, agent=agent)
        return taken

    def _open(self) -> tuple[Promise, ...]:
        """Every open promise; one that today's list settled is none."""
        tomorrow = local_date(self.now, self.policy.zone) + timedelta(days=1)
        return self.ledger.open_promises(self.now + _FAR, day=tomorrow, now=self.now)
