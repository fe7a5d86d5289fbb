"""How often a process looks for objects that only hold one another."""

import gc

# Planning makes millions of small objects that live until it is over. Python, unasked, looks them
# through after every 700 new ones, which took a tenth of a plan's time for nothing.
_THRESHOLDS = (50_000, 20, 100)


def collect_rarely() -> None:
    """Look seldom, from now on; a plan then takes a twentieth more memory."""
    gc.set_threshold(*_THRESHOLDS)
