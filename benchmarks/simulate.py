"""How long a simulated bank of a given size takes, and how much memory.

Prints one line: customers, months, seconds, peak memory in GiB, size on disk in MiB. Run it alone:

    python -m benchmarks.simulate --customers 20000 --months 24
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from banks.synthetic import simulate

_KIB_PER_GIB = 2**20
_BYTES_PER_MIB = 2**20


def main() -> None:
    """Simulate once in a temporary folder and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", default="default")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank"
        begun = time.perf_counter()
        simulate(
            path,
            customers=said.customers,
            months=said.months,
            seed=said.seed,
            world=said.world,
        )
        seconds = time.perf_counter() - begun
        size = sum(file.stat().st_size for file in path.iterdir()) / _BYTES_PER_MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_GIB
    sys.stdout.write(
        f"{said.customers} customers, {said.months} months: {seconds:.1f} s, "
        f"peak {peak:.2f} GiB, {size:.0f} MiB on disk\n"
    )


if __name__ == "__main__":
    main()
