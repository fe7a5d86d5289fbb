"""Where raw tables come from: public data sets, and a simulated bank whose truth is known."""

from banks.bank_marketing import import_bank_marketing
from banks.berka import import_berka
from banks.errors import BankError, BrokenSource, UnknownWorld
from banks.synthetic import simulate, truth_folder, worlds

__all__ = [
    "BankError",
    "BrokenSource",
    "UnknownWorld",
    "import_bank_marketing",
    "import_berka",
    "simulate",
    "truth_folder",
    "worlds",
]
