"""The day's lists at the service's counter: pulled, and their rows opened, taken or set aside."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from goodcall.calendar import local_date
from goodcall.language import Text
from goodcall.outcome_words import outcome_words
from goodcall.ports import Masker
from goodcall.workspace import Workspace
from governance.access import Subject
from outreach.badges import BADGES
from outreach.card import Card
from outreach.closing import Word
from outreach.counter import Counter, Taken
from outreach.in_force import PlanInForce, in_force
from outreach.lists import ListRow, reasons_in_words
from outreach.planned import Promise
from outreach.pulling import pull
from outreach.row_states import ListedRow
from outreach.rules import local_zone
from serving.contacting import contacted, said_of_decision
from serving.schemas.contacts import DecisionAnswer
from serving.schemas.lists import (
    CardAnswer,
    DoNotMention,
    ListAnswer,
    PromiseTold,
    RowTold,
    SkippedAnswer,
    SkipRequest,
    TakenAnswer,
)
from serving.schemas.shared import Words


def rows_in_force(
    counter: Counter, place: Workspace, day: date, list_id: int
) -> tuple[PlanInForce, tuple[ListedRow, ...]]:
    """The plan in force on a day, and the rows of a list of it; NotFound where there are none."""
    stands = in_force(place, counter.ledger, day)
    return stands, counter.rows(stands.day, list_id)


def row_in_force(
    counter: Counter, place: Workspace, day: date, list_id: int, rank: int
) -> tuple[PlanInForce, ListedRow]:
    """The plan in force on a day, and one row of a list of it."""
    stands = in_force(place, counter.ledger, day)
    return stands, counter.row(stands.day, list_id, rank)


def owned(counter: Counter, list_id: int) -> Subject:
    """A list as the gate needs to know it: its manager's; nobody's, where lists are branches'."""
    return Subject(None, list_id if counter.policy.lists_by == "manager" else None)


def row_subject(counter: Counter, stands: PlanInForce, listed: ListedRow, at: Subject) -> Subject:
    """A row's customer as the gate needs to know them; `at` is what the snapshot tells.

    On the list's own day the customer is that of whoever has the list, who may stand in for a
    colleague. A list of an earlier day gives nobody a customer who is somebody else's by now.
    """
    today = local_date(counter.now, counter.policy.zone)
    if stands.day < today or counter.policy.lists_by != "manager":
        return at
    return replace(at, manager_id=listed.row.list_id)


def pulled(
    counter: Counter,
    stands: PlanInForce,
    day: date,
    listed: Sequence[ListedRow],
    masker: Masker,
) -> ListAnswer:
    """A day's list of a manager or branch, masked, with what became of every row.

    `listed` are those of its rows that the reader may see.
    """
    found = pull(counter, stands, day, listed, masker=masker, says=outcome_words)
    rows = found.rows
    return ListAnswer(
        day=rows.day,
        list_id=rows.list_id,
        currency=rows.currency,
        published=rows.published,
        banner=None if rows.banner is None else Words.of(rows.banner),
        rows=tuple(_row(each) for each in rows.rows),
        promised=tuple(promise_told(each) for each in found.promised),
    )


def opened(counter: Counter, listed: ListedRow, day: date) -> CardAnswer:
    """The card of a row, judged this moment; nothing is reserved."""
    card = counter.card(listed, day)
    row = listed.row
    zone = local_zone(counter.profile(row.customer_id), counter.policy.zone)
    return CardAnswer(
        list_id=row.list_id,
        rank=row.rank,
        customer_id=row.customer_id,
        band=row.band,
        state=listed.state,
        contact_id=listed.contact_id,
        may_dial=card.may_dial,
        decision=_decision(card),
        badges=_words(BADGES[each] for each in card.badges),
        reasons=_words(reasons_in_words(row, ZoneInfo(zone))),
        offer_code=row.offer_code,
        offer=Words.of(row.offer_name),
        price_band=None if row.price is None else row.price.band,
        channel=row.channel,
        value_cents=row.value_cents,
        promise=None if row.promise is None else promise_told(row.promise),
        do_not_mention=tuple(
            DoNotMention(
                offer_code=each.offer.code, name=Words.of(each.offer.name), because=each.reason
            )
            for each in card.blocked
        ),
        last_contacts=tuple(contacted(each) for each in card.last),
    )


def taken(counter: Counter, listed: ListedRow, agent: int, *, dial: bool) -> TakenAnswer:
    """The decision on contacting a row's customer now; an allowed contact is reserved."""
    row = listed.row
    return taken_answer(
        counter.take(listed, agent, dial=dial),
        row.customer_id,
        row.channel,
        row.point_id,
        dial=dial,
    )


def kept(counter: Counter, promise: Promise, agent: int, *, dial: bool) -> TakenAnswer:
    """The decision on keeping a promise now; an allowed contact is reserved."""
    found = counter.keep(promise, agent, dial=dial)
    return taken_answer(found, promise.customer_id, promise.channel, promise.point_id, dial=dial)


def taken_answer(
    found: Taken, customer_id: int, channel: str, point_id: int | None, *, dial: bool
) -> TakenAnswer:
    """A decision on a row or a promise as it goes over the wire."""
    return TakenAnswer(
        **said_of_decision(found.decision),
        customer_id=customer_id,
        channel=channel,
        point_id=point_id,
        contact_id=found.contact_id,
        dialled=dial and found.contact_id is not None,
    )


def skipped(
    counter: Counter, listed: ListedRow, day: date, asked: SkipRequest, agent: int
) -> SkippedAnswer:
    """A row set aside without a contact; what the word stops is stopped at once."""
    row = listed.row
    word = Word(asked.code, counter.now, agent, asked.reason, counter.family(listed))
    counter.ledger.skip(day, row.list_id, row.rank, word)
    return SkippedAnswer(
        list_id=row.list_id,
        rank=row.rank,
        customer_id=row.customer_id,
        noted=asked.code,
        text=Words.of(outcome_words(asked.code)),
    )


def promise_told(promise: Promise) -> PromiseTold:
    """A promise as it goes over the wire."""
    return PromiseTold(
        contact_id=promise.contact_id,
        customer_id=promise.customer_id,
        code=promise.code,
        due_at=promise.due_at,
        channel=promise.channel,
    )


def _decision(card: Card) -> DecisionAnswer:
    row = card.listed.row
    return DecisionAnswer(
        **said_of_decision(card.decision),
        customer_id=row.customer_id,
        channel=row.channel,
        point_id=row.point_id,
    )


def _row(row: ListRow) -> RowTold:
    return RowTold(
        rank=row.rank,
        customer_id=row.customer_id,
        name=row.name,
        band=row.band,
        reasons=_words(row.reasons),
        offer=Words.of(row.offer),
        channel=Words.of(row.channel),
        value_cents=row.value_cents,
        allowed_from=row.allowed_from,
        phone=row.phone,
        assumed=_words(row.assumed),
        state=row.state,
        because=row.code,
        because_text=None if row.because is None else Words.of(row.because),
        rolled_over=row.rolled_over,
        badges=_words(row.badges),
        last_contact=row.last_contact,
    )


def _words(texts: Iterable[Text]) -> tuple[Words, ...]:
    return tuple(Words.of(each) for each in texts)
