"""Cells of tables that spreadsheets open."""

# A cell that begins like this is a formula to a spreadsheet that opens the file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(cell: object) -> object:
    """A cell that no spreadsheet runs: text that begins like a formula gets a quote before it.

    >>> inert("=1+1"), inert("a=b"), inert(-3)
    ("'=1+1", 'a=b', -3)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
