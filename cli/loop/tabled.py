"""A policy that chooses by the bank's tables: what all such policies do alike."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pyarrow as pa

from banks import Floats, Ints, Records, Simulation
from cli.loop.desk import Desk, Wishes
from cli.loop.own import Own
from cli.loop.workshop import Workshop


class Tabled(ABC):
    """A policy to which the tables tell what contacts are worth; they grow each month."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    @abstractmethod
    def wishes(self, desk: Desk, features: pa.Table) -> Wishes:
        """What contacts are worth, by the features of everyone when the month begins."""

    def contacts(self, desk: Desk, most: int | None) -> Records:
        """Whom it contacts, by what is known of everyone when the month begins."""
        return desk.chosen(self.wishes(desk, self._workshop.features(desk.day)), most)

    def heard(self, bank: Simulation, _month: int) -> dict[str, Any]:
        """The tables grow by the month, contacts among them."""
        self._workshop.grow(bank)
        return {}

    def own(self, _bank: Simulation) -> Own | None:
        """It has no instruments."""
        return None


def places_of(desk: Desk, features: pa.Table) -> Ints:
    """The place in the simulated bank of each row of features."""
    first = int(desk.bank.setting.people.customer_id[0])
    found: Ints = features["customer_id"].to_numpy() - first
    return found


def column(features: pa.Table, name: str, absent: float) -> Floats:
    """A feature, with what stands for a missing value."""
    found: Floats = np.nan_to_num(features[name].to_numpy(), nan=absent)
    return found
