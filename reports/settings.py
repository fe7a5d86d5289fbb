"""How reports count: the attribution window and the like, in one file with a version."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from goodcall.section import read_text, read_toml
from reports.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Attribution:
    """For how many days a purchase counts for a contact, and after how many it has lasted."""

    days: int
    persistence_days: int


@dataclass(frozen=True, slots=True)
class Saving:
    """When assets are looked at around a contact that was to keep a customer, and who stayed.

    `flagged_share` is the share of customers, those likeliest to leave, that counts as flagged.
    """

    before_days: int
    after_days: tuple[int, ...]
    kept_share: float
    flagged_share: float


@dataclass(frozen=True, slots=True)
class Settings:
    """How reports count; `version` is a print of the text that said so."""

    version: str
    attribution: Attribution
    saving: Saving


def report_settings(path: Path) -> Settings:
    """The settings of a workspace's file, else the shipped ones; BadSettings names its mistake."""
    if path.exists():
        return parse_settings(read_text(path, "the reports' settings", BadSettings), str(path))
    return parse_settings(files("reports").joinpath("settings.toml").read_text("utf-8"))


def parse_settings(text: str, file: str = "settings.toml") -> Settings:
    """The settings that a text says; `file` is the name that errors use."""
    top = read_toml(text, file, BadSettings)
    counts, save = top.table("attribution"), top.table("save")
    found = Settings(
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        attribution=Attribution(
            counts.whole("days", 0, 366), counts.whole("persistence_days", 1, 366)
        ),
        saving=Saving(
            save.whole("before_days", 1, 366),
            tuple(sorted(save.wholes("after_days"))),
            save.number("kept_share", 0, 1),
            save.number("flagged_share", 0, 1),
        ),
    )
    for days in found.saving.after_days:
        if days < 1:
            raise save.refuse(
                f"after_days holds {days}", "write days of 1 or more, such as [30, 90]"
            )
    for section in (counts, save, top):
        section.done()
    return found
