"""The bounds that a challenger must keep, as a bank writes them in a TOML file."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from goodcall.section import read_text, read_toml
from training.errors import BadGates

_MOST_ROWS = 1_000_000
_MOST_MEGABYTES = 100_000.0
_MOST_TIMES = 1_000.0
_MOST_INDEX = 100.0


@dataclass(frozen=True, slots=True)
class Gates:
    """The bounds of each gate; training/gates/gates.toml says what each means."""

    positives: int
    auc_gain: float
    log_loss_rise: float
    ece: float
    tpr_difference: float
    ece_difference: float
    group_positives: int
    psi: float
    rank_correlation: float
    megabytes: float
    times_champion: float


def default_gates() -> Gates:
    """The bounds that Goodcall ships."""
    text = (files("training.gates") / "gates.toml").read_text(encoding="utf-8")
    return parse_gates(text, "the shipped gates")


def read_gates(path: Path) -> Gates:
    """The bounds in a file."""
    return parse_gates(read_text(path, "the gates", BadGates), str(path))


def parse_gates(text: str, file: str = "gates.toml") -> Gates:
    """The bounds that a TOML text says; `file` is the name that errors use."""
    document = read_toml(text, file, BadGates)
    names = ("rows", "better", "calibration", "fairness", "stability", "size")
    sections = {name: document.table(name) for name in names}
    gates = Gates(
        positives=sections["rows"].whole("positives", 1, _MOST_ROWS),
        auc_gain=sections["better"].number("auc_gain", 0, 1),
        log_loss_rise=sections["better"].number("log_loss_rise", 0, 1),
        ece=sections["calibration"].number("ece", 0, 1),
        tpr_difference=sections["fairness"].number("tpr", 0, 1),
        ece_difference=sections["fairness"].number("ece", 0, 1),
        group_positives=sections["fairness"].whole("positives", 1, _MOST_ROWS),
        psi=sections["stability"].number("psi", 0, _MOST_INDEX),
        rank_correlation=sections["stability"].number("rank_correlation", -1, 1),
        megabytes=sections["size"].number("megabytes", 0, _MOST_MEGABYTES),
        times_champion=sections["size"].number("times_champion", 0, _MOST_TIMES),
    )
    for section in (*sections.values(), document):
        section.done()
    return gates
