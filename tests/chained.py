"""An audit log held against its own chain and signatures."""

from governance import check_audit


def verify_audit(path):
    """The number of lines of a log in which everything holds."""
    found = check_audit(path)
    assert found.findings == []
    return found.lines
