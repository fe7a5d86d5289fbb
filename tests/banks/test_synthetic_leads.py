"""What shows of customers in the tables before something happens to them, or when nothing does."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from banks import Simulation, world_named
from banks.world import LIFE_EVENTS
from banks.world_calendar import NEVER

_CUSTOMERS, _MONTHS = 4_000, 8
_PAID = (("home", "bill"), ("child", "bill"), ("windfall", "bill"))
_SENT = (("moving", "transfer"), ("moving_abroad", "transfer"))
_VIEWED = (("home", "mortgage"), ("child", "insurance"), ("windfall", "fund"))


class Lived:
    """A bank to whose customers much happens, and what it has on file of each of their months."""

    def __init__(self, leads: float) -> None:
        world = world_named("default")
        rates = dict.fromkeys(LIFE_EVENTS, 0.02)
        life = replace(world.life, rates=rates, leads=leads)
        self.bank = Simulation(
            replace(world, life=life), customers=_CUSTOMERS, months=_MONTHS, seed=4
        )
        self._tables = [self.bank.step(self.bank.plan()) for _ in range(_MONTHS)]
        self.coming = np.stack([month.coming for month in self.bank.history.months])
        self.silent = np.stack([month.silent for month in self.bank.history.months])

    def sums(self, table: str, column: str | None, **wanted: str) -> np.ndarray:
        """(months, customers): how much of a column, or how many rows, each has in each month."""
        found = []
        for tables in self._tables:
            rows = tables[table]
            keep = np.ones(rows.num_rows, dtype=bool)
            for name, value in wanted.items():
                keep &= np.array(rows[name].to_pylist(), dtype=object) == value
            rows = rows.filter(pa.array(keep))
            weight = None if column is None else np.abs(rows[column].to_numpy())
            who = rows["customer_id"].to_numpy() - self.bank.setting.people.customer_id[0]
            found.append(np.bincount(who, weight, minlength=_CUSTOMERS))
        return np.stack(found)

    def case_moods(self) -> dict[tuple[str, bool], set[str]]:
        """The moods noted as cases were opened, by their kind and whether spirits were low then."""
        found: dict[tuple[str, bool], set[str]] = {}
        first = int(self.bank.setting.people.customer_id[0])
        for month, tables in zip(self.bank.history.months, self._tables, strict=True):
            for case in tables["cases"].to_pylist():
                if case["closed_at"] is None:
                    low = bool(month.low[case["customer_id"] - first])
                    found.setdefault((case["kind"], low), set()).add(case["mood"])
        return found

    def before(self, event: str, amounts: np.ndarray) -> float:
        """The mean in the month before an event over that of people to whom nothing happens.

        Those who ever leave are left out, and large sums are capped: either would hide all else.
        """
        stays = ~self.bank.setting.people.firm & (self.bank.history.last.leaving == NEVER)
        people = stays & ~self.silent
        amounts = np.minimum(amounts, np.quantile(amounts[people], 0.98))
        comes = self.coming == 1 + LIFE_EVENTS.index(event)
        return float(amounts[comes & people].mean() / amounts[(self.coming == 0) & people].mean())


@pytest.fixture(scope="module")
def shown() -> Lived:
    """Every life event shows in the money."""
    return Lived(leads=1.0)


@pytest.fixture(scope="module")
def hidden() -> Lived:
    """No life event does."""
    return Lived(leads=0.0)


@pytest.mark.parametrize(("event", "kind"), [*_PAID, *_SENT, ("job_change", "salary")])
def test_life_events_show_in_the_money_of_the_month_before(
    shown: Lived, hidden: Lived, event: str, kind: str
) -> None:
    """More is paid, sent or received; where nothing is to show there is hardly a difference."""
    more = {
        lived: lived.before(event, lived.sums("transactions", "amount_cents", kind=kind))
        for lived in (shown, hidden)
    }
    assert more[shown] > 1.15 * more[hidden]


def test_who_will_buy_a_home_gathers_the_savings(shown: Lived, hidden: Lived) -> None:
    """Money moves from savings to the current account in the month before."""
    moved = {
        lived: lived.before(
            "home",
            lived.sums(
                "transactions",
                "amount_cents",
                kind="transfer",
                counterparty="own",
                initiated_by="customer",
            ),
        )
        for lived in (shown, hidden)
    }
    assert moved[shown] > 1.3 * moved[hidden]


@pytest.mark.parametrize(("event", "family"), [*_VIEWED, ("job_change", "credit_card")])
def test_what_an_event_brings_is_looked_at_before(hidden: Lived, event: str, family: str) -> None:
    """Page views of the family are `shows` times as many, those of another are not."""
    views = hidden.sums("events", None, kind="page_view", topic=family)
    assert hidden.before(event, views) == pytest.approx(2.5, rel=0.25)
    others = hidden.sums("events", None, kind="page_view", topic="consumer_loan")
    assert 0.7 < hidden.before(event, others) < 1.5


@pytest.mark.parametrize("event", LIFE_EVENTS)
def test_whoever_something_will_happen_to_comes_by_more_often(hidden: Lived, event: str) -> None:
    """Visits to the branch are twice as many in the month before, whatever it is."""
    visits = hidden.sums("events", None, kind="visit")
    assert hidden.before(event, visits) == pytest.approx(2.0, rel=0.35)


def test_the_silent_do_nothing_themselves(hidden: Lived) -> None:
    """No login, page view, visit or payment of their own; what the bank does goes on."""
    silent = hidden.silent
    assert silent.sum() > 500
    for kind in ("login", "page_view", "visit"):
        assert hidden.sums("events", None, kind=kind)[silent].sum() == 0
    own = hidden.sums("transactions", None, initiated_by="customer")
    for kind in ("card", "cash", "bill"):
        assert hidden.sums("transactions", None, kind=kind)[silent].sum() == 0
    # An account that lacks what its loan takes is filled, and a leaver still carries money away.
    assert own[silent].mean() < 0.1 * own[~silent].mean()
    assert hidden.sums("transactions", None, initiated_by="bank")[silent].sum() > 0


def test_some_facts_of_people_are_not_on_file(shown: Lived) -> None:
    """As large a share as the world says, of each by itself, and the same in every version."""
    bank = Simulation("noisy", customers=_CUSTOMERS, months=_MONTHS, seed=4)
    bank.live(bank.plan())
    first = pa.concat_tables(part["customers"] for part in bank.rows() if "customers" in part)
    people = first.filter(pc.is_in(first["kind"], pa.array(["retail", "private"])))
    share = bank.setting.world.habits.unknown
    for name in ("occupation", "education", "marital_status"):
        assert people[name].null_count / people.num_rows == pytest.approx(share, abs=0.03)
    assert shown.bank.setting.world.habits.unknown < share


def test_who_is_in_low_spirits_is_on_file_as_such_when_opening_a_case(hidden: Lived) -> None:
    """Of service cases they alone; who complains may be low for that alone."""
    assert hidden.case_moods() == {
        ("service", True): {"low"},
        ("service", False): {"neutral", "satisfied"},
        ("complaint", True): {"low"},
        ("complaint", False): {"low", "neutral"},
    }
