"""What is really true of a simulated bank, for judging what was learned from its tables."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banks.world import CONTACT_CHANNELS, LIFE_EVENTS
from banks.world_arrays import Flags, Floats, dates, words
from banks.world_calendar import NEVER
from banks.world_months import History
from banks.world_state import Setting
from goodcall.vocabulary import FAMILIES


def write_truth(folder: Path, setting: Setting, history: History, *, seed: int) -> None:
    """Write the hidden truth of a bank: customers, months, leavings, purchases and the world.

    `customers` holds lasting traits and what a contact changes; `months` what was true at the start
    of each month, to be compared with what the bank knew by then.
    """
    tables = {
        "customers": _customers(setting),
        "months": pa.concat_tables(_month(setting, history, n) for n in range(len(history.months))),
        "leavings": _leavings(setting, history),
        "purchases": _purchases(setting, history),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    said = {"seed": seed, "world": asdict(setting.world)}
    (folder / "world.json").write_text(json.dumps(said, indent=2, ensure_ascii=False), "utf-8")


def _customers(setting: Setting) -> pa.Table:
    people, traits = setting.people, setting.traits
    columns: dict[str, object] = {
        "customer_id": people.customer_id,
        "sleeping_dog": traits.sleeping_dog,
        "lost_cause": traits.lost_cause,
        "sure_thing": traits.sure_thing,
        "persuadable": traits.persuadable,
        "restless": traits.restless,
        "contact_tolerance": traits.tolerance,
        "rising": traits.rising,
    }
    for number, channel in enumerate(CONTACT_CHANNELS):
        columns[f"care_{channel}"] = traits.care[:, number]
        columns[f"push_{channel}"] = traits.push[:, number]
        for place, family in enumerate(FAMILIES):
            absent = ~traits.buys[:, place]
            columns[f"effect_{family}_{channel}"] = pa.array(
                traits.effect[:, place, number], mask=absent
            )
    return pa.table(columns)


def _month(setting: Setting, history: History, number: int) -> pa.Table:
    month, people = history.months[number], setting.people
    rows = np.flatnonzero(~np.isnan(month.need[:, 0]))
    first = setting.calendar.date_number(setting.calendar.bounds[number : number + 1])
    columns: dict[str, object] = {
        "customer_id": people.customer_id[rows],
        "month": dates(np.repeat(first, len(rows))),
        "unsettled": month.unsettled[rows],
        "low_spirits": month.low[rows],
        "leaving_begins": month.begins[rows],
        "leaving_hazard": _known(month.hazard[rows]),
        "life_event": words(month.life[rows] - 1, LIFE_EVENTS),
    }
    buys: Flags = setting.traits.buys[rows]
    for place, family in enumerate(FAMILIES):
        need = np.where(buys[:, place], month.need[rows, place], np.nan)
        columns[f"need_{family}"] = _known(need)
        columns[f"chance_{family}"] = _known(month.chance[rows, place])
    return pa.table(columns)


def _leavings(setting: Setting, history: History) -> pa.Table:
    last, calendar = history.last, setting.calendar
    who = np.flatnonzero(last.leaving < NEVER)
    return pa.table(
        {
            "customer_id": setting.people.customer_id[who],
            "begins_on": dates(calendar.date_number(last.leaving[who])),
            "ends_on": dates(calendar.date_number(last.leaving_end[who])),
            "share": last.share[who],
            "kept_on": dates(
                calendar.date_number(last.saved[who]), absent=last.saved[who] == NEVER
            ),
        }
    )


def _purchases(setting: Setting, history: History) -> pa.Table:
    rows = history.records("purchases")
    return pa.table(
        {
            "customer_id": setting.people.customer_id[rows["who"]],
            "family": words(rows["family"], FAMILIES),
            "bought_on": dates(setting.calendar.date_number(rows["day"])),
            "caused_by_contact": rows["caused"],
        }
    )


def _known(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
