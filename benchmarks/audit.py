"""How fast the audit log takes lines, beside bare files: `python -m benchmarks.audit`.

Reads gather for 100 ms before they wait for the disk; a change waits for it before it returns. The
yardsticks append a line of the same length to a file by one `write`: bare, or with an fsync each.
Each is done by one process and by several on the same file; exits with 1 where the log that comes
of it does not verify.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from governance import AuditLog, Keeping, Signer, check_audit

_FACTS = {"labels": ["churn", "next_product"], "rows": 1, "request": "b2f6d1c09a7e4d55"}
_LINE = b"x" * 420 + b"\n"


def recorded(path: Path, lines: int, action: str) -> None:
    """Record lines of one action."""
    signer = Signer(path.with_name("audit.key"))
    log = AuditLog(path, signer=signer, keeping=Keeping(group_ms=100))
    for number in range(lines):
        log.record("app 3", action, f"customer {number}", **_FACTS)
    log.close()


def appended(path: Path, lines: int, action: str) -> None:
    """Append lines to a bare file, with an fsync each for a change."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(lines):
        os.write(handle, _LINE)
        if action == "change":
            os.fsync(handle)
    os.close(handle)


def rate(
    work: Callable[[Path, int, str], None], path: Path, lines: int, how: tuple[str, int]
) -> float:
    """Lines a second, of all processes together, the start of processes left out."""
    action, processes = how
    ready = multiprocessing.Barrier(processes + 1)

    def one() -> None:
        ready.wait()
        work(path, lines // processes, action)

    workers = [multiprocessing.Process(target=one) for _ in range(processes)]
    for each in workers:
        each.start()
    ready.wait()
    began = time.perf_counter()
    for each in workers:
        each.join()
    return lines / (time.perf_counter() - began)


def main() -> int:
    """Print the table; 1 where a log is not whole."""
    reader = argparse.ArgumentParser(description="Lines a second of the audit log.")
    reader.add_argument("--reads", type=int, default=20_000)
    reader.add_argument("--changes", type=int, default=400)
    reader.add_argument(
        "--folder", type=Path, help="Where to write. Default: the temporary folder."
    )
    asked = reader.parse_args()
    multiprocessing.set_start_method("fork")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| lines | processes | audit log, a second | bare file, a second | of bare |")
    print("|---|---|---|---|---|")
    whole = True
    for action, lines in (("score", asked.reads), ("change", asked.changes)):
        for processes in (1, 4, 8):
            with tempfile.TemporaryDirectory(dir=asked.folder) as name:
                folder, how = Path(name), (action, processes)
                bare = rate(appended, folder / "bare", lines, how)
                ours = rate(recorded, folder / "audit.jsonl", lines, how)
                whole &= not check_audit(folder / "audit.jsonl").findings
            what = "reads" if action == "score" else "changes, on disk"
            print(f"| {what} | {processes} | {ours:,.0f} | {bare:,.0f} | {ours / bare:.2f} |")
    print("every log verifies" if whole else "a log is not whole")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
