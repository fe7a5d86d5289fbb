"""The ledger: the one place that may approve a contact, and that remembers what came of it.

Rows are only ever added. It runs on SQLite, or on PostgreSQL for many machines. Who writes first
holds all that the answer counts, so two agents who ask at once are answered one after the other.
"""

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine, select

from goodcall.database import hold, reading, written
from goodcall.ports import FieldCipher
from goodcall.profile import Profile
from goodcall.workspace import Workspace
from outreach import ab_tests, afterwards, closing, looking, outcomes, promises, recording, snoozing
from outreach.ab_tests import NewTest, Tallies
from outreach.approving import Circumstances, judge
from outreach.arms import PolicyTest
from outreach.closing import Word
from outreach.contact_events import EVENTS
from outreach.decide import Decision
from outreach.draws import keep_draw, read_draw
from outreach.errors import LedgerSealed, NotInLedger
from outreach.experiment import Draw
from outreach.limits import Place
from outreach.logged import LoggedDay, logged_days, trails_of
from outreach.looking import LookPlan
from outreach.lots import read_lots
from outreach.notes import Note
from outreach.offer import Offer
from outreach.openings import engine_at, ledger_name
from outreach.owner import Owner, claim, is_owned, owner_of
from outreach.planned import Carried, Promise
from outreach.policy import Policy
from outreach.remembered import read_history
from outreach.request import History, Request, check_moment
from outreach.resealing import reseal
from outreach.reserving import approve, join
from outreach.row_states import ListedRow, rows_where
from outreach.schema import CONTACTS, PLANNED, TRAILS
from outreach.seals import Seals, note_sealed, refuse_wrong_key, waits_for_seal
from outreach.snoozing import PutOff
from outreach.span import Span, span_of
from outreach.spent import spent
from outreach.stored import StoredPlan, stored
from outreach.trail import Trail, trail_from_json
from outreach.verdicts import Ruled, plans_within, ruled_within

if TYPE_CHECKING:
    import pyarrow as pa

    from outreach.plan import Plan


class Ledger:
    """Plans, decisions, contacts and outcomes of a bank."""

    def __init__(self, engine: Engine, cipher: FieldCipher | None = None) -> None:
        self._engine = engine
        self._seals = Seals(cipher)
        self._engine.update_execution_options(**self._seals.option)

    @classmethod
    def open(cls, url: str, cipher: FieldCipher | None = None) -> "Ledger":
        """The ledger at an address, brought up to date.

        Such as `sqlite:///var/ledger.db` or `postgresql+psycopg://user@host/database`. With a
        `cipher` free words are encrypted, and so are the numbers of a ledger that is new or was
        sealed. LedgerSealed where a sealed one is opened without its key.
        """
        return cls._opened(url, cipher, None)

    @classmethod
    def of(cls, workspace: Workspace, cipher: FieldCipher | None = None) -> "Ledger":
        """The ledger of a workspace; one on a server becomes its own at the first use.

        LedgerError where another workspace owns it, LedgerSealed as `open`.
        """
        owner = None if workspace.ledger_at is None else owner_of(workspace)
        return cls._opened(workspace.ledger_url, cipher, owner)

    @classmethod
    def _opened(cls, url: str, cipher: FieldCipher | None, owner: Owner | None) -> "Ledger":
        ledger = cls(engine_at(url), cipher)
        try:
            ledger.migrate()
            if owner is not None:
                ledger.belong(owner)
            ledger.unlock()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def migrate(self) -> None:
        """Bring the database to the newest shape."""
        with reading(self._engine) as connection:
            if recording.is_newest(connection):
                return

        def work(connection: Connection) -> None:
            hold(connection, ["the ledger's shape"])
            if not recording.is_newest(connection):
                recording.migrate(connection)

        written(self._engine, work)

    def unlock(self) -> None:
        """Prove that the cipher is the ledger's; one that holds nothing yet is sealed with it."""
        with reading(self._engine) as connection:
            refuse_wrong_key(connection)
            if not waits_for_seal(connection):
                return

        def work(connection: Connection) -> None:
            hold(connection, ["the ledger's shape"])
            refuse_wrong_key(connection)
            if waits_for_seal(connection):
                note_sealed(connection)

        written(self._engine, work)

    def reseal(self, tell: Callable[[int], None] = lambda _: None) -> int:
        """Seal what is in clear or under an older key, and say how many rows were.

        Others go on reading and writing; who was killed goes on with what is left. `tell` hears how
        many rows have been looked at.
        """
        cipher = self._seals.cipher
        if cipher is None:
            raise LedgerSealed("nothing can be sealed without a key; open the ledger with one")
        return reseal(self._engine, cipher, tell)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def draw(self, people: Iterable[Profile] | None = None) -> Draw | None:
        """The hold-out that stands, as far as it concerns some people, or whole; None before any.

        `in_holdout` says of each of those people whether he is in it.
        """
        with reading(self._engine) as connection:
            return read_draw(connection, people)

    def save_draw(self, draw: Draw, *, now: datetime, anew: bool = False) -> int:
        """The number under which a hold-out is kept: the first stands until one is drawn `anew`."""
        check_moment(now)
        return written(
            self._engine, lambda connection: keep_draw(connection, draw, anew=anew, now=now)
        )

    def start_test(self, asked: NewTest, *, now: datetime) -> PolicyTest:
        """The test of two policies that begins; plans that are made from now on have two arms.

        ExperimentError where one runs, or had that name before.
        """
        check_moment(now)
        return written(self._engine, lambda connection: ab_tests.start(connection, asked, now))

    def stop_test(self, *, now: datetime) -> PolicyTest:
        """The test that ran and ends now; ExperimentError where none runs."""
        check_moment(now)
        return written(self._engine, lambda connection: ab_tests.stop(connection, now))

    def running_test(self) -> PolicyTest | None:
        """The test that runs, with everyone who was placed so far; None where none does."""
        with reading(self._engine) as connection:
            row = ab_tests.running(connection)
            return None if row is None else ab_tests.found(connection, row.name)

    def tested(self, name: str | None = None) -> tuple[PolicyTest, Tallies]:
        """A test, the newest where no name is given, and what came of its customers' contacts.

        By measure and customer; ExperimentError where there is no such test.
        """
        with reading(self._engine) as connection:
            test = ab_tests.found(connection, name)
            return test, ab_tests.tallied(connection, test)

    def tallied(self, test: PolicyTest, moments: Iterable[datetime]) -> tuple[Tallies, ...]:
        """What had come of the contacts of a test's customers by each moment, as known then."""
        with reading(self._engine) as connection:
            return tuple(ab_tests.tallied(connection, test, by=each) for each in moments)

    def look_plan(self, of: Draw | PolicyTest) -> LookPlan | None:
        """The plan of looks at a draw of the hold-out or a test; None where none was made."""
        with reading(self._engine) as connection:
            return looking.read_plan(connection, of)

    def plan_looks(self, of: Draw | PolicyTest, plan: LookPlan, *, now: datetime) -> LookPlan:
        """The plan of looks that stands from now on; ExperimentError where another one does."""
        check_moment(now)
        return written(
            self._engine, lambda connection: looking.keep_plan(connection, of, plan, now)
        )

    def save_plan(self, plan: "Plan", *, now: datetime) -> int:
        """The number under which a plan is kept.

        The plan that the day already has, where it says the same or is published; else the new one
        supersedes it.
        """
        check_moment(now)

        def work(connection: Connection) -> int:
            hold(connection, [f"plan {plan.day}"])
            before = recording.latest_plan(connection, plan.day)
            if before is not None and (
                before.digest == plan.digest
                or recording.published_at(connection, before.plan_id) is not None
            ):
                return int(before.plan_id)
            if plan.arms is not None:
                ab_tests.place(connection, plan.arms)
            return recording.insert_plan(connection, plan, before, now)

        return written(self._engine, work)

    def publish_plan(self, day: date, now: datetime) -> StoredPlan:
        """The day's plan, published: from then on its lists change neither rows nor order.

        A day is published once; published again, nothing changes.
        """
        check_moment(now)

        def work(connection: Connection) -> StoredPlan:
            hold(connection, [f"plan {day}"])
            recording.publish(connection, recording.standing_plan(connection, day), now)
            return stored(connection, recording.standing_plan(connection, day))

        return written(self._engine, work)

    def plan(self, day: date) -> StoredPlan:
        """The day's plan that stands."""
        with reading(self._engine) as connection:
            return stored(connection, recording.standing_plan(connection, day))

    def plan_before(self, day: date, *, or_on: bool = False) -> StoredPlan | None:
        """The standing plan of the last day before `day`, or on it where asked; None without."""
        with reading(self._engine) as connection:
            row = recording.plan_before(connection, day, or_on=or_on)
            return None if row is None else stored(connection, row)

    def carried(self, day: date, zone: str, before: datetime) -> Carried:
        """What a day's plan takes over from earlier days: open promises, and rows left over.

        `zone` is the bank's, whose midnight ends the day; of promises what was recorded strictly
        before `before` counts. Rows were left over by the last lists published before that day.
        """
        check_moment(before)
        with reading(self._engine) as connection:
            return promises.carried(connection, day, zone, before)

    def open_promises(self, end: datetime, *, day: date, now: datetime) -> tuple[Promise, ...]:
        """The promises due before `end` that nobody kept or is about to keep, earliest first.

        Those that a list published before `day` showed as settled, or as forbidden for good, are
        not among them.
        """
        check_moment(now)
        with reading(self._engine) as connection:
            return promises.open_promises(connection, end, day, now)

    def list_rows(
        self, day: date, list_id: int, *, at: datetime | None = None
    ) -> tuple[ListedRow, ...]:
        """The rows of a manager's or branch's list, in its order, with what became of each.

        Reservations that run out by `at` have expired, where a moment is given.
        """
        with reading(self._engine) as connection:
            plan = recording.standing_plan(connection, day)
            mine = PLANNED.c.plan_id == plan.plan_id, PLANNED.c.list_id == list_id
            return tuple(listed for _, listed in rows_where(connection, *mine, at=at))

    def skip(self, day: date, list_id: int, rank: int, word: Word) -> None:
        """Take note of a manager's word about a row that nobody is contacted for.

        What the word stops is stopped in the same transaction. A row that was worked is refused:
        its contact has an outcome of its own.
        """
        check_moment(word.now)
        written(
            self._engine, lambda connection: closing.skip(connection, (day, list_id, rank), word)
        )

    def snooze(self, day: date, list_id: int, rank: int, word: PutOff) -> None:
        """Leave a row alone until a moment, and its customer with it; then it comes back.

        Until later the same day the row itself comes back; until another day the customer is
        weighed for that day like all others, and a row says which list put it off. A row that was
        worked, withdrawn or promised is refused.
        """
        written(
            self._engine, lambda connection: snoozing.snooze(connection, (day, list_id, rank), word)
        )

    def close_day(
        self,
        day: date,
        *,
        now: datetime,
        agent: int | None,
        list_ids: Collection[int] | None = None,
    ) -> int:
        """Leave over the unworked rows of a day's published lists, and say how many they are.

        All lists, where none are named. Reservations that ran out are noted as expired; closed
        again, nothing more happens.
        """
        check_moment(now)
        return written(
            self._engine, lambda connection: closing.close(connection, day, list_ids, now, agent)
        )

    def trail(self, customer_id: int, day: date) -> Trail:
        """Why a customer is on the day's list or not."""
        with reading(self._engine) as connection:
            plan = recording.standing_plan(connection, day)
            packed = connection.execute(
                select(TRAILS.c.trail).where(
                    TRAILS.c.plan_id == plan.plan_id, TRAILS.c.customer_id == customer_id
                )
            ).scalar()
        if packed is None:
            raise NotInLedger(
                f"customer {customer_id} was not weighed for {day}; "
                "check the number, or whether the customer was known that day"
            )
        return trail_from_json(zlib.decompress(packed).decode())

    def trails(self, day: date) -> tuple[Trail, ...]:
        """Why each customer who was weighed for a day is on a list or not, by customer."""
        with reading(self._engine) as connection:
            plan = recording.standing_plan(connection, day)
            return tuple(trails_of(connection, plan.plan_id))

    def policy_text(self, version: str) -> str:
        """The full text of a policy that something was decided under."""
        with reading(self._engine) as connection:
            return recording.policy_text(connection, version)

    def policy_texts(self) -> dict[str, str]:
        """The full text of every policy that anything was decided under, by its version."""
        with reading(self._engine) as connection:
            return recording.policy_texts(connection)

    def logged(self, first: date, last: date) -> Iterator[LoggedDay]:
        """The days from `first` to `last` that have a plan, with what came of it, for a replay."""
        with reading(self._engine) as connection:
            yield from logged_days(connection, first, last)

    def span(
        self,
        first: date,
        last: date,
        zone: str,
        *,
        after: int = 0,
        known_by: date | None = None,
    ) -> Span:
        """The rows listed on the days from `first` to `last` of a zone, and contacts begun then.

        Both days are included; contacts of so many days `after` them are told too. What was
        recorded later than `known_by` is not seen, where that day is given.
        """
        with reading(self._engine) as connection:
            return span_of(connection, (first, last), zone, after=after, known_by=known_by)

    def plans(self, first: date, last: date) -> tuple[StoredPlan, ...]:
        """The plans that stand of the days from `first` to `last`, both included, by day."""
        with reading(self._engine) as connection:
            return plans_within(connection, first, last)

    def ruled(self, first: date, last: date, zone: str) -> tuple[Ruled, ...]:
        """The requests that were decided on the days from `first` to `last` of a zone."""
        with reading(self._engine) as connection:
            return tuple(ruled_within(connection, (first, last), zone))

    def history(
        self, profiles: Iterable[Profile], before: datetime | None = None
    ) -> dict[int, History]:
        """What the ledger knows of each customer, recorded strictly before `before` if given."""
        with reading(self._engine) as connection:
            return read_history(connection, list(profiles), before)

    def spent(self, policy: Policy, offers: Iterable[Offer], at: datetime) -> dict[Place, int]:
        """What is already used of each of the policy's volumes, as known before `at`."""
        check_moment(at)
        book = {offer.code: offer for offer in offers}
        with reading(self._engine) as connection:
            return spent(connection, policy, book, at)

    def reserve(
        self,
        request: Request,
        profile: Profile,
        *,
        offers: Iterable[Offer],
        policy: Policy,
        now: datetime,
        holdout: bool,
        relatives: Sequence[Profile] = (),
    ) -> Decision:
        """The decision on a contact that is about to happen; an allowed one is reserved.

        Counting, deciding and writing are one transaction, which holds the customer, the household
        and the numbers. A request id that was decided before returns its first decision; who tries
        a listed row once more asks with the row's id and a suffix such as `#2`. A request by
        several channels reserves a contact on each, or none. `relatives` are the members of the
        customer's household now.
        """
        check_moment(now)
        given = Circumstances(tuple(offers), policy, now, holdout, relatives)
        return written(
            self._engine, lambda connection: approve(connection, request, profile, given)
        )

    def explain(
        self,
        request: Request,
        profile: Profile,
        *,
        offers: Iterable[Offer],
        policy: Policy,
        now: datetime,
        holdout: bool,
        relatives: Sequence[Profile] = (),
    ) -> Decision:
        """The decision that `reserve` would take now; nothing is reserved or written."""
        check_moment(now)
        given = Circumstances(tuple(offers), policy, now, holdout, relatives)
        with reading(self._engine) as connection:
            return judge(connection, request, profile, given)[0]

    def contact_id(self, request_id: str) -> int:
        """The contact that a request reserved, the first where it went out by several channels."""
        return self.contact_ids(request_id)[0]

    def contact_ids(self, request_id: str) -> tuple[int, ...]:
        """The contacts that a request reserved, one for each of its channels."""
        with reading(self._engine) as connection:
            found = connection.scalars(
                select(CONTACTS.c.contact_id)
                .where(CONTACTS.c.request_id == request_id)
                .order_by(CONTACTS.c.contact_id)
            ).all()
        if not found:
            raise NotInLedger(f"request {request_id!r} reserved no contact; reserve it first")
        return tuple(found)

    def request(self, request_id: str) -> Request | None:
        """What was asked under a request id; None of one that was not decided."""
        with reading(self._engine) as connection:
            return recording.asked(connection, request_id)

    def customer_of(self, contact_id: int) -> int:
        """Whose contact it is; NotInLedger of a number that no contact has."""
        with reading(self._engine) as connection:
            return outcomes.customer_of(connection, contact_id)

    def record_outcome(
        self,
        contact_id: int,
        code: str,
        *,
        now: datetime,
        agent: int,
        note: str | None = None,
        happened_at: datetime | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Take note of what came of a contact; what it stops is stopped in the same transaction.

        `agent` is the staff id of who heard it; `happened_at` is when, where that is not now;
        `due_at` is the moment for which a call-back or an appointment was promised. The same code
        at the same second is noted once. An outcome that the state of the contact at that
        moment does not allow is refused, unless it protects the customer.
        """
        at = happened_at or now
        check_moment(now)
        check_moment(at)
        if due_at is not None:
            check_moment(due_at)
        told = outcomes.Told(code, at, now, agent, note, due_at)
        written(self._engine, lambda connection: outcomes.hear(connection, contact_id, told))

    def dial(self, contact_id: int, *, now: datetime, agent: int) -> None:
        """Take note that a reserved contact is being made now; from then on it counts for good.

        One that ran out, or that the customer's word stopped since, is refused.
        """
        check_moment(now)
        written(self._engine, lambda connection: outcomes.dial(connection, contact_id, now, agent))

    def expire(self, now: datetime) -> tuple[int, ...]:
        """The contacts whose reservation ran out unused, from now on noted as expired.

        They count no more from the moment they run out, whether noted or not.
        """
        check_moment(now)
        return written(self._engine, lambda connection: outcomes.expire(connection, now))

    def note(self, customer_id: int, *notes: Note, now: datetime, agent: int) -> None:
        """Take note of what a customer said, or the bank found out, outside of a contact.

        All is noted in one transaction, in which a refusal or a complaint closes the customer's
        open rows too.
        """
        check_moment(now)
        written(
            self._engine,
            lambda connection: outcomes.take_notes(connection, customer_id, notes, now, agent),
        )

    def merge(self, customer_id: int, *, into: int, now: datetime) -> None:
        """Give all the history of a customer to another, whose record it turned out to be."""
        self._join({into}, customer_id, "merge", now)

    def split(self, customer_id: int, *, into: Sequence[int], now: datetime) -> None:
        """Give the history of a customer so far to each of those who turned out to be behind it.

        Refusals go to all, grants to none.
        """
        self._join(set(into), customer_id, "split", now)

    def violations(
        self, profiles: Iterable[Profile], *, offers: Iterable[Offer], since: datetime
    ) -> tuple[afterwards.Violation, ...]:
        """Contacts allowed since a moment that what became known later speaks against."""
        check_moment(since)
        with reading(self._engine) as connection:
            return afterwards.violations(connection, profiles, tuple(offers), since)

    def data_fixes(self) -> tuple[afterwards.DataFix, ...]:
        """The numbers that proved dead or wrong and that nobody has put right yet."""
        with reading(self._engine) as connection:
            return afterwards.data_fixes(connection)

    def contacts_table(self) -> "pa.Table":
        """Every state of every contact in the columns of the raw table `contacts`.

        Each event is a version of its contact, known at the moment it was recorded. Contacts that a
        lot chose say so, and whom the lot left alone beside them stands as `cancelled`.
        """
        # Arrow is for the table alone; who notes a contact does not wait for it.
        from outreach.contact_export import contacts_from  # noqa: PLC0415

        with reading(self._engine) as connection:
            # Whom a pseudonym stands for is no customer of the bank's tables any more.
            known = EVENTS.where(CONTACTS.c.customer_id >= 0)
            return contacts_from(connection.execute(known).all(), read_lots(connection))

    def belong(self, owner: Owner) -> None:
        """Claim the ledger where nobody owns it; refuse one that another workspace owns."""
        where = ledger_name(self._engine.url)
        with reading(self._engine) as connection:
            owned = is_owned(connection, owner, where)
        if not owned:
            written(self._engine, lambda connection: claim(connection, owner, where))

    def _join(self, to: set[int], source: int, kind: str, now: datetime) -> None:
        check_moment(now)
        written(self._engine, lambda connection: join(connection, to, source, kind, now))
