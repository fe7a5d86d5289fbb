"""What customers met with in the quarter before they are looked at, as possible causes of leaving.

Only what was known before counts. What the bank has no table of is left out.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import TABLES, Bank
from features.asof import connect, known_before
from goodcall.calendar import start_of_day
from goodcall.language import Text
from goodcall.vocabulary import CHANNEL_NAMES, FAMILY_NAMES
from reports.excess import Cause, Exposed
from reports.standing import NOBODY, Standings, standings

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Since = Callable[[int], datetime]

SORTS = {
    "service": Text("service", "服务"),
    "product": Text("products", "产品"),
    "channel": Text("channels", "渠道"),
    "staff": Text("staff", "人员"),
    "fees": Text("fees", "费用"),
    "customers": Text("who the customers are", "客户构成"),
}
RECENT_DAYS = 90
_OPEN_DAYS = 30
_NEW_MANAGER_DAYS = 180
_CROWDED = 1.25
_NEWCOMER_YEARS = 1.5
_YOUNG, _OLD = 35, 65
_MADE = ("delivered", "connected")
_PLAIN = {
    "case:open": ("service", Text("a case open for over 30 days", "工单超过30天未结")),
    "case:service": ("service", Text("a service case", "服务工单")),
    "held:none": ("product", Text("holds no product but an account", "仅持有账户")),
    "channel:digital": ("channel", Text("used the app or the web", "使用手机或网上银行")),
    "channel:branch": ("channel", Text("came to a branch", "到访网点")),
    "staff:new": ("staff", Text("got another manager in half a year", "半年内更换客户经理")),
    "staff:none": ("staff", Text("has no manager", "无客户经理")),
    "staff:crowded": (
        "staff",
        Text("manager with a quarter more customers than most", "客户经理管户数高出中位数25%"),
    ),
    "fee": ("fees", Text("paid a fee", "支付手续费")),
    "new": ("customers", Text("a customer for less than 18 months", "开户不足18个月")),
    "young": ("customers", Text("under 35", "35岁以下")),
    "old": ("customers", Text("65 or over", "65岁及以上")),
    "private": ("customers", Text("private banking", "私人银行客户")),
    "small_business": ("customers", Text("small firm", "小微企业")),
    "corporate": ("customers", Text("corporate", "对公客户")),
}

_TOPICS = {
    "fees": "手续费",
    "waiting time": "排队等候",
    "app": "手机银行",
    "card": "银行卡",
    "staff": "员工服务",
    "statement": "对账单",
    "unnamed": "未注明",
}


def met(bank: Bank, people: Standings) -> Exposed:
    """Which rows each possible cause met, in the 90 days before as_of unless its words say more."""
    found: dict[str, Flags] = {}
    for day, rows in people.of_day():
        for code, who in _of_day(bank, people, day, rows):
            flags = found.setdefault(code, np.zeros(len(people.customer), dtype=np.bool_))
            flags[rows] = np.isin(people.customer[rows], who)
    found |= _standing(people)
    codes = tuple(sorted(found))
    return Exposed(
        tuple(_cause(code) for code in codes),
        np.column_stack([found[code] for code in codes]),
    )


def _cause(code: str) -> Cause:
    if code in _PLAIN:
        sort, words = _PLAIN[code]
        return Cause(code, sort, words)
    what, _, of = code.partition(":")
    if what == "complaint":
        return Cause(code, "service", Text(f"complained: {of}", f"投诉:{_TOPICS.get(of, of)}"))
    if what == "held":
        name = FAMILY_NAMES[of]
        return Cause(code, "product", Text(f"holds {name.en}", f"持有{name.zh}"))
    name = CHANNEL_NAMES[of]
    return Cause(code, "channel", Text(f"contacted: {name.en}", f"被联系:{name.zh}"))


def _standing(people: Standings) -> dict[str, Flags]:
    """What a row's customer is, rather than met with."""
    kinds = ("private", "small_business", "corporate")
    return {
        "new": people.years < _NEWCOMER_YEARS,
        "young": people.age < _YOUNG,
        "old": people.age >= _OLD,
        **{kind: people.kind == kind for kind in kinds},
    }


def _of_day(bank: Bank, people: Standings, day: date, rows: Ints) -> Iterator[tuple[str, Ints]]:
    """Each cause with the customers whom it had met by a day."""
    at = start_of_day(day, bank.manifest.zone)

    def since(days: int) -> datetime:
        return start_of_day(day - timedelta(days), bank.manifest.zone)

    for name, read in _READERS.items():
        if name in bank.tables:
            known = known_before(bank, connect(), TABLES[name], at)
            yield from read(known, since)
    if "holdings" in bank.tables:
        held = known_before(bank, connect(), TABLES["holdings"], at)
        still = held.filter(held.closed_on.isnull() | (held.closed_on >= day))
        yield from _by(still, "family", "held")
        holders = still.select("customer_id").distinct().to_pyarrow()["customer_id"].to_numpy()
        yield "held:none", np.setdiff1d(people.customer[rows], holders)
    yield from _staff(bank, people, day, rows)


def _cases(known: Any, since: Since) -> Iterator[tuple[str, Ints]]:  # noqa: ANN401 - Ibis
    recent = known.filter(known.happened_at >= since(RECENT_DAYS))
    complaints = recent.filter(recent.kind == "complaint")
    named = complaints.mutate(topic=complaints.topic.fill_null("unnamed"))
    yield from _by(named, "topic", "complaint")
    yield "case:service", _who(recent.filter(recent.kind == "service"))
    long = known.happened_at < since(_OPEN_DAYS)
    yield "case:open", _who(known.filter(known.closed_at.isnull() & long))


def _events(known: Any, since: Since) -> Iterator[tuple[str, Ints]]:  # noqa: ANN401 - Ibis
    recent = known.filter(known.happened_at >= since(RECENT_DAYS))
    yield "channel:digital", _who(recent.filter(recent.kind.isin(["login", "page_view"])))
    yield "channel:branch", _who(recent.filter(recent.kind == "visit"))


def _contacts(known: Any, since: Since) -> Iterator[tuple[str, Ints]]:  # noqa: ANN401 - Ibis
    made = known.filter((known.happened_at >= since(RECENT_DAYS)) & known.state.isin(_MADE))
    yield from _by(made, "channel", "contact")


def _fees(known: Any, since: Since) -> Iterator[tuple[str, Ints]]:  # noqa: ANN401 - Ibis
    paid = (
        (known.happened_at >= since(RECENT_DAYS)) & (known.kind == "fee") & (known.amount_cents < 0)
    )
    yield "fee", _who(known.filter(paid))


_READERS: dict[str, Callable[[Any, Since], Iterator[tuple[str, Ints]]]] = {
    "cases": _cases,
    "events": _events,
    "contacts": _contacts,
    "transactions": _fees,
}


def _staff(bank: Bank, people: Standings, day: date, rows: Ints) -> Iterator[tuple[str, Ints]]:
    who, manager = people.customer[rows], people.manager[rows]
    if (manager == NOBODY).all():
        return
    yield "staff:none", who[manager == NOBODY]
    managers, size = np.unique(manager[manager != NOBODY], return_counts=True)
    crowded = managers[size > _CROWDED * np.median(size)]
    yield "staff:crowded", who[np.isin(manager, crowded)]
    before = day - timedelta(_NEW_MANAGER_DAYS)
    if before > bank.manifest.first_day:
        cohort = pa.table({"customer_id": who, "as_of": pa.array([before] * len(who))})
        earlier = standings(bank, cohort).manager
        changed = (earlier != NOBODY) & (manager != NOBODY) & (earlier != manager)
        yield "staff:new", who[changed]


def _by(rows: Any, column: str, what: str) -> Iterator[tuple[str, Ints]]:  # noqa: ANN401 - Ibis
    found = rows.select("customer_id", column).distinct().to_pyarrow()
    for name in sorted(pc.unique(found[column]).to_pylist()):
        yield (
            f"{what}:{name}",
            found.filter(pc.equal(found[column], name))["customer_id"].to_numpy(),
        )


def _who(rows: Any) -> Ints:  # noqa: ANN401 - Ibis
    found: Ints = rows.select("customer_id").distinct().to_pyarrow()["customer_id"].to_numpy()
    return found
