"""The file of offers: what is read is what was written, or an error that says what to do."""

from datetime import date

import pytest

from goodcall.language import Text
from outreach.errors import OfferBookError
from outreach.offer import Offer
from outreach.offer_book import load_offers, save_offers

PLAIN = Offer("A", None, "deposit", Text("a deposit", "定期"), 500, ("retail",))
FULL = Offer(
    *("B", 7, "fund", Text("a fund", "基金"), -5, ("retail", "private")),
    min_age=18,
    max_age=70,
    valid_to=date(2026, 12, 31),
    investment=True,
    risk="R3",
    assumed=("margin",),
)


def test_offers_read_back_as_they_were_written(tmp_path):
    """Every field returns, absent ones as absent, in the same order; so does an empty book."""
    for book in ((), (PLAIN,), (FULL, PLAIN)):
        save_offers(tmp_path / "offers.json", book)
        assert load_offers(tmp_path / "offers.json") == book


def test_a_missing_book_names_the_command_that_writes_it(tmp_path):
    """Nothing is offered from a file that is not there."""
    with pytest.raises(OfferBookError, match="goodcall outreach plan"):
        load_offers(tmp_path / "offers.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\udcff",
        "{",
        "3",
        "[3]",
        "[{}]",
        '{"a": 1}',
        '[{"code": "A"}]',
        '[{"code": "A", "new": 1}]',
    ],
)
def test_a_damaged_book_is_refused(tmp_path, text):
    """Whatever does not read as offers is one kind of error."""
    (tmp_path / "offers.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(OfferBookError, match="does not read as offers"):
        load_offers(tmp_path / "offers.json")
