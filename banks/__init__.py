"""Where raw tables come from: public data sets, and a simulated bank whose truth is known."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from banks.bank_marketing import import_bank_marketing
    from banks.berka import import_berka
    from banks.errors import BankError, BrokenMapping, BrokenSource, IdentityError, UnknownWorld
    from banks.identity.files import read_links
    from banks.mapping import BankMapping, Rule
    from banks.simulation import Simulation
    from banks.synthetic import found, simulate, truth_folder, worlds
    from banks.tables import check_mapping, import_tables
    from banks.world import World, world_named
    from banks.world_scaled import scaled

__all__ = [
    "BankError",
    "BankMapping",
    "BrokenMapping",
    "BrokenSource",
    "IdentityError",
    "Rule",
    "Simulation",
    "UnknownWorld",
    "World",
    "check_mapping",
    "found",
    "import_bank_marketing",
    "import_berka",
    "import_tables",
    "read_links",
    "scaled",
    "simulate",
    "truth_folder",
    "world_named",
    "worlds",
]

rooms.open_on_demand(__name__)
