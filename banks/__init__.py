"""Where raw tables come from: public data sets, and a simulated bank whose truth is known."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from banks.bank_marketing import import_bank_marketing
    from banks.berka import import_berka
    from banks.errors import BankError, BrokenMapping, BrokenSource, IdentityError, UnknownWorld
    from banks.identity.files import read_links
    from banks.mapping import BankMapping, Rule
    from banks.outlook import Outlook, Standing, outlook, standing
    from banks.simulation import Simulation
    from banks.synthetic import found, live_by_habit, simulate, truth_folder, worlds
    from banks.tables import check_mapping, import_tables
    from banks.tally import Tally, tally
    from banks.world import CONTACT_CHANNELS, World, world_named, world_version
    from banks.world_arrays import Flags, Floats, Ints, Records, records
    from banks.world_contacts import CARE
    from banks.world_places import OFFERED, PRODUCTS, best_offers, margins_cents
    from banks.world_scaled import scaled
    from banks.world_state import PHONE

__all__ = [
    "CARE",
    "CONTACT_CHANNELS",
    "OFFERED",
    "PHONE",
    "PRODUCTS",
    "BankError",
    "BankMapping",
    "BrokenMapping",
    "BrokenSource",
    "Flags",
    "Floats",
    "IdentityError",
    "Ints",
    "Outlook",
    "Records",
    "Rule",
    "Simulation",
    "Standing",
    "Tally",
    "UnknownWorld",
    "World",
    "best_offers",
    "check_mapping",
    "found",
    "import_bank_marketing",
    "import_berka",
    "import_tables",
    "live_by_habit",
    "margins_cents",
    "outlook",
    "read_links",
    "records",
    "scaled",
    "simulate",
    "standing",
    "tally",
    "truth_folder",
    "world_named",
    "world_version",
    "worlds",
]

rooms.open_on_demand(__name__)
