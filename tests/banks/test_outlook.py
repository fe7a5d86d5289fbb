"""What contacts are expected to bring, held against what becomes of banks with and without them."""

from copy import deepcopy

import numpy as np
import pytest

from banks import Simulation
from banks.outlook import Outlook, outlook, standing
from banks.tally import tally
from banks.world_arrays import Records
from banks.world_contacts import CARE
from banks.world_state import PHONE
from cli.loop.desk import contacts_on
from goodcall.vocabulary import FAMILIES

_PAST, _AFTER = 8, 12


@pytest.fixture(scope="module")
def before() -> Simulation:
    """A bank before a month in which contacts do much."""
    bank = Simulation("strong", customers=60_000, months=_PAST + _AFTER, seed=31)
    for _ in range(_PAST):
        bank.live(bank.plan())
    return bank


@pytest.fixture(scope="module")
def seen(before: Simulation) -> Outlook:
    """What contacts of the month to come would bring."""
    return outlook(before)


def test_offers_bring_as_many_purchases_as_expected(before: Simulation, seen: Outlook) -> None:
    """Every customer is offered the family that they are likeliest to buy because of it."""
    here = np.flatnonzero(standing(before).here)
    family = seen.bought[here, :, PHONE].argmax(axis=1)
    contacts = _by_phone(before, here, family)
    expected = seen.bought[here, family, PHONE].sum()
    caused = _lived(before, contacts)["caused"]
    assert expected > 1000
    assert caused == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_offers_prevent_as_many_purchases_as_expected(before: Simulation, seen: Outlook) -> None:
    """Whoever is put off by contacts buys less of what was offered."""
    worst = seen.bought[:, :, PHONE].min(axis=1)
    here = np.flatnonzero(standing(before).here & (worst < 0))
    family = seen.bought[here, :, PHONE].argmin(axis=1)
    with_them = _lived(before, _by_phone(before, here, family), months=3)
    without = _lived(before, before.plan()[:0], months=3)
    expected = seen.bought[here, family, PHONE].sum()
    prevented = with_them["bought"] - without["bought"]
    assert expected < -20
    assert prevented == pytest.approx(expected, abs=5 * np.sqrt(-expected))


@pytest.mark.parametrize("what", ["care", "offers"])
def test_contacts_keep_as_much_money_as_expected(
    before: Simulation, seen: Outlook, what: str
) -> None:
    """A care call to all whom it helps, or an offer to everyone, moves what leavers take."""
    care = what == "care"
    kept = (seen.kept_by_care if care else seen.kept_by_offer)[:, PHONE]
    here = np.flatnonzero(standing(before).here & ((kept > 0) | (not care)))
    family = np.full(len(here), CARE if care else FAMILIES.index("deposit"))
    alike = _alike(before)
    with_them = _lived(alike, _by_phone(alike, here, family))
    without = _lived(alike, alike.plan()[:0])
    expected = kept[here].sum()
    stayed = without["gone"] - with_them["gone"]
    assert abs(expected) > 60
    assert stayed == pytest.approx(expected, rel=0.35)


def test_as_many_refuse_and_complain_as_expected(before: Simulation, seen: Outlook) -> None:
    """Opt-outs and complaints of one offer to everyone."""
    here = np.flatnonzero(standing(before).here)
    lived = _lived(before, _by_phone(before, here, np.zeros(len(here), dtype=np.int64)), months=1)
    for told, chances in (("opt_outs", seen.refuses), ("complaints", seen.complains)):
        expected = chances[here, PHONE].sum()
        assert lived[told] == pytest.approx(expected, abs=4 * np.sqrt(expected))


def _by_phone(bank: Simulation, who: np.ndarray, family: np.ndarray) -> Records:
    return contacts_on(bank, who, channel=np.full(len(who), PHONE), family=family)


def _alike(bank: Simulation) -> Simulation:
    """The bank with customers of equal money, so that what leaves is counted in customers."""
    copied = deepcopy(bank)
    copied.setting.people.assets[:] = 100.0
    return copied


def _lived(before: Simulation, contacts: Records, months: int = _AFTER) -> dict[str, float]:
    """What a bank's next months come to with these contacts in the first of them."""
    bank = deepcopy(before)
    bank.live(contacts)
    for _ in range(months - 1):
        bank.live(bank.plan()[:0])
    told = tally(bank, _PAST)
    return {
        "caused": told.caused,
        "bought": int(told.bought.sum()),
        "gone": told.money_gone_cents / 100.0,
        "opt_outs": told.opt_outs,
        "complaints": told.complaints,
    }
