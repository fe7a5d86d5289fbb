"""Declaring features: what is refused at once, and how a value is worded."""

import pytest

from features.errors import DeclarationError, UnknownFeature
from features.feature import Catalog, feature
from features.tables import TRANSACTIONS
from goodcall.language import Text


def test_an_unsafe_reduction_is_refused_when_declared():
    """A median differs between engines, so the catalogue never holds one."""
    with pytest.raises(DeclarationError, match=r"'typical' uses Median.*allowed: ArgMax"):

        @feature(TRANSACTIONS, zh="中位数", concept="x", unit="money", purpose="service")
        def typical(rows):
            """Typical amount."""
            return rows.amount_cents.median()


def test_a_feature_needs_a_meaning_an_aggregate_and_sensible_windows():
    """Each lack is named when the feature is declared."""
    with pytest.raises(DeclarationError, match="'silent' has no docstring"):

        @feature(TRANSACTIONS, zh="无", concept="x", unit="count", purpose="service")
        def silent(rows):
            return rows.count()

    with pytest.raises(DeclarationError, match="'flat' aggregates nothing"):

        @feature(TRANSACTIONS, zh="无", concept="x", unit="count", purpose="service")
        def flat(rows):
            """Every amount."""
            return rows.amount_cents

    with pytest.raises(DeclarationError, match="must be different numbers of days above 0"):
        feature(
            TRANSACTIONS, zh="无", concept="x", unit="count", purpose="service", windows=(30, 30)
        )


def test_one_declaration_gives_a_column_a_window():
    """Columns are named after the function and the window, and their words carry both."""

    @feature(
        TRANSACTIONS,
        windows=(7, 30),
        zh="转入",
        concept="money in",
        unit="money",
        purpose="service",
    )
    def cash_in(rows):
        """Money that came in."""
        return rows.amount_cents.sum(where=rows.amount_cents > 0)

    catalog = Catalog(cash_in)
    assert catalog.names == ("cash_in_7d", "cash_in_30d")
    assert catalog.say("cash_in_7d", 123_400) == Text(
        "Money that came in, last 7 days: CNY 1,234", "近7天转入:1,234元"
    )
    assert catalog.speaking("CZK").say("cash_in_7d", 123_400) == Text(
        "Money that came in, last 7 days: CZK 1,234", "近7天转入:1,234克朗"
    )
    assert catalog.say("cash_in_7d", float("nan")) is None


def test_a_catalogue_refuses_twins_and_unknown_names():
    """Two features of one name, and a name that nobody declared, are errors."""

    @feature(TRANSACTIONS, zh="笔数", concept="x", unit="count", purpose="service")
    def bookings(rows):
        """Bookings."""
        return rows.count()

    with pytest.raises(DeclarationError, match="'bookings' is declared twice"):
        Catalog((*bookings, *bookings))
    with pytest.raises(UnknownFeature, match="goodcall features catalog"):
        Catalog(bookings).get("booking")
