"""The day's call list of a manager or branch, masked, in two languages, and its files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from goodcall.language import Text
from goodcall.outcome_words import outcome_words
from goodcall.ports import Masker
from goodcall.profile import CustomerTier
from goodcall.reason import LEAD_INS, Reason
from goodcall.vocabulary import CHANNEL_NAMES
from outreach.badges import BADGES, badges_of, last_contacts
from outreach.errors import RequestError
from outreach.planned import PlannedRow
from outreach.points import is_doubtful
from outreach.policy import Policy
from outreach.preferred import best_hours, preferred_staff
from outreach.request import Facts
from outreach.row_states import ListedRow
from outreach.rules import local_zone

BANDS = {
    "promised": Text("promised", "已约定"),
    "save": Text("save", "挽留"),
    "grow": Text("grow", "增长"),
}
STATES = {
    "planned": Text("to do", "待处理"),
    "withheld": Text("must wait", "暂不可联系"),
    "reserved": Text("reserved", "已预留"),
    "expired": Text("to do, reservation ran out", "待处理(预留已过期)"),
    "attempted": Text("tried", "已尝试"),
    "delivered": Text("sent", "已送达"),
    "connected": Text("spoken to", "已接通"),
    "failed": Text("failed", "联系失败"),
    "cancelled": Text("withdrawn", "已撤下"),
    "set_aside": Text("set aside", "已搁置"),
    "snoozed": Text("snoozed", "已暂缓"),
    "rolled_over": Text("left for the next day", "顺延至次日"),
}
PROMISED = {
    "CONNECTED_CALLBACK": Text("call back", "回电"),
    "CONNECTED_APPT": Text("appointment", "到店"),
}
ASSUMED = {
    "margin": Text("margin", "产品贡献"),
    "lift_ratio": Text("effect of the contact", "联系效果"),
    "save_rate": Text("effect of the care call", "关怀效果"),
    "repeated_care": Text("effect of another care call", "再次关怀的效果"),
    "influence": Text("weight of earlier answers", "既往反馈的影响"),
    "customer_value": Text("value of the customer", "客户价值"),
    "cannibalisation": Text("cannibalisation", "替代效应"),
    "cost": Text("cost of the contact", "联系成本"),
    "harm": Text("price of annoyance", "打扰代价"),
    "number": Text("that the number is still theirs", "号码仍为本人使用"),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line as a person reads it; money in cents, times on the customer's clock.

    `band` and `state` are codes, with words in BANDS and STATES; `because` says what came of the
    row or stands against it, `code` the same as the ledger has it; a snoozed row comes back at
    `until`. `rolled_over` is the day whose list left the row over. `best_time` and `prefers_staff`
    are the hours and the colleagues that the customer prefers.
    """

    rank: int
    customer_id: int
    name: str | None
    band: str
    reasons: tuple[Text, ...]
    offer: Text
    channel: Text
    value_cents: int
    allowed_from: datetime
    phone: str | None
    assumed: tuple[Text, ...]
    state: str = "planned"
    because: Text | None = None
    code: str | None = None
    rolled_over: date | None = None
    badges: tuple[Text, ...] = ()
    last_contact: datetime | None = None
    tier: CustomerTier | None = None
    until: datetime | None = None
    best_time: tuple[datetime, datetime] | None = None
    prefers_staff: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OutreachList:
    """The rows of one list on one day, promises first; `published` ones change no more.

    `banner` is what a reader must know before the first of them, in every form of the list.
    """

    day: date
    list_id: int
    currency: str
    rows: tuple[ListRow, ...]
    published: bool = False
    banner: Text | None = None


def outreach_list(
    rows: Iterable[ListedRow],
    people: Mapping[int, Facts],
    *,
    day: date,
    list_id: int,
    policy: Policy,
    masker: Masker,
    says: Callable[[str], Text] = outcome_words,
    banner: Text | None = None,
) -> OutreachList:
    """The list as its reader may see it: names and numbers masked, no other personal value.

    `people` brings what is known of each customer on it; `says` puts outcomes and rules into words.
    """
    mine = (listed for listed in rows if listed.row.list_id == list_id)
    shown = sorted(mine, key=lambda listed: listed.row.rank)
    look = _Look(people, day, policy, masker, says)
    rows_shown = tuple(_shown(each, look) for each in shown)
    return OutreachList(day, list_id, policy.currency, rows_shown, banner=banner)


@dataclass(frozen=True, slots=True)
class _Look:
    """What it takes to show a row: who is on the list, on which day, and what may be seen."""

    people: Mapping[int, Facts]
    day: date
    policy: Policy
    masker: Masker
    says: Callable[[str], Text]


def _shown(listed: ListedRow, look: _Look) -> ListRow:
    row, policy = listed.row, look.policy
    if row.customer_id not in look.people:
        raise RequestError(
            f"row {row.rank} is about customer {row.customer_id}, whose profile is not given; "
            "bring the profile of every customer on the list"
        )
    facts = look.people[row.customer_id]
    profile, clock = facts.profile, ZoneInfo(local_zone(facts.profile, policy.zone))
    point = next((p for p in profile.points if p.point_id == row.point_id), None)
    doubtful = point and is_doubtful(point, profile, row.allowed_from, policy.bank_terms)
    assumed = (*row.assumed, "number") if doubtful else row.assumed
    last = next(iter(last_contacts(facts, 1)), None)
    code = listed.outcome or listed.because
    until = None if listed.until is None else listed.until.astimezone(clock)
    return ListRow(
        rank=row.rank,
        customer_id=row.customer_id,
        name=None if profile.name is None else look.masker.name(profile.name),
        band=row.band,
        reasons=reasons_in_words(row, clock),
        offer=row.offer_name,
        channel=CHANNEL_NAMES[row.channel],
        value_cents=row.value_cents,
        allowed_from=row.allowed_from.astimezone(clock),
        phone=None if point is None else look.masker.number(point.value),
        assumed=tuple(ASSUMED[name] for name in dict.fromkeys(assumed)),
        state=listed.state,
        because=_because(code, until, look),
        code=code,
        rolled_over=row.rolled_over,
        badges=tuple(BADGES[name] for name in badges_of(facts, look.day, policy.zone)),
        last_contact=None if last is None else last.happened_at.astimezone(clock),
        tier=profile.tier,
        until=until,
        best_time=best_hours(profile, look.day, clock, row.allowed_from.astimezone(clock)),
        prefers_staff=preferred_staff(profile),
    )


def _because(code: str | None, until: datetime | None, look: _Look) -> Text | None:
    """What came of a row, or until when it is snoozed, in words."""
    if until is not None:
        return Text(f"until {until:%Y-%m-%d %H:%M}", f"至{until:%Y-%m-%d %H:%M}")
    return None if code is None else look.says(code)


def reasons_in_words(row: PlannedRow, clock: ZoneInfo) -> tuple[Text, ...]:
    """Why a row is on the list: what was promised, on the customer's clock, then every reason."""
    said = tuple(_said(reason) for reason in row.reasons)
    if row.promise is None:
        return said
    due, given = row.promise.due_at.astimezone(clock), row.promise.given_at.astimezone(clock)
    what = PROMISED[row.promise.code]
    return (
        Text(
            f"{what.en} for {due:%Y-%m-%d %H:%M}, promised on {given:%Y-%m-%d}",
            f"{given:%Y-%m-%d}约定:{due:%Y-%m-%d %H:%M} {what.zh}",
        ),
        *said,
    )


def _said(reason: Reason) -> Text:
    """A reason in words; one that answers another question than why the flag says which."""
    if reason.about == "flagged":
        return reason.text
    lead = LEAD_INS[reason.about]
    return Text(f"{lead.en}: {reason.text.en}", f"{lead.zh}:{reason.text.zh}")
