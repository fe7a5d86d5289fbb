"""What customers had with the bank on a day: the balances of the periods that the day lies in."""

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.bank import Bank

Ints = NDArray[np.int64]


class Assets:
    """The balances of some customers, as the bank knows them today.

    Of a bank that tells averages of months a day has its month's; a day without a balance has none,
    as an account that was closed does.
    """

    def __init__(self, bank: Bank, customers: Collection[int]) -> None:
        self.since, self.until = bank.manifest.first_day, bank.manifest.last_day
        rows = bank.read("balances")
        rows = rows.filter(pc.is_in(rows["customer_id"], pa.array([*customers], pa.int64())))
        order = [(name, "ascending") for name in ("account_id", "happened_at", "known_at")]
        rows = rows.sort_by(order)
        local = pc.local_timestamp(rows["happened_at"].cast(pa.timestamp("us", bank.manifest.zone)))
        begins = pc.cast(local, pa.date32()).to_numpy().astype("datetime64[D]").astype(np.int64)
        account = rows["account_id"].to_numpy()
        # Of the versions of a period's balance the last known stands.
        last = np.ones(len(account), dtype=bool)
        last[:-1] = (account[1:] != account[:-1]) | (begins[1:] != begins[:-1])
        self._begins: Ints = begins[last]
        self._ends: Ints = self._begins + rows["period_days"].to_numpy()[last]
        self._cents: Ints = rows["balance_cents"].to_numpy()[last]
        self._people: Ints
        self._who: Ints
        self._people, self._who = np.unique(
            rows["customer_id"].to_numpy()[last], return_inverse=True
        )
        self._place = {int(who): place for place, who in enumerate(self._people)}
        self._on: dict[date, Ints] = {}

    def of(self, customer_id: int, day: date) -> int | None:
        """A customer's assets on a day, in cents; None of a day that the bank does not tell of."""
        if not self.since <= day <= self.until:
            return None
        place = self._place.get(customer_id)
        return 0 if place is None else int(self._totals(day)[place])

    def _totals(self, day: date) -> Ints:
        """Everybody's assets on a day, [customers]."""
        if day not in self._on:
            number = np.datetime64(day).astype(np.int64)
            here = (self._begins <= number) & (number < self._ends)
            totals = np.zeros(len(self._people), np.int64)
            np.add.at(totals, self._who[here], self._cents[here])
            self._on[day] = totals
        return self._on[day]
