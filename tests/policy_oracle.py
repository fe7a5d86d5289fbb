"""A slow and plain second reading of caps, gaps, hours and holidays, from the policy's own words.

Every rule can say itself as a policy file does, and whether it passes at an instant, by looking at
each contact in turn. Contacts are (instant, channel) pairs that count; instants are whole seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
Sent = Sequence[tuple[datetime, str]]


@dataclass(frozen=True)
class Asked:
    """Who asks: the instant, the channel, the customer's zone, and what was sent or will be."""

    at: datetime
    channel: str
    zone: str
    sent: Sent
    holidays: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()

    @property
    def wall(self) -> datetime:
        """What the customer's clock shows."""
        return self.at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None, fold=0)

    @property
    def second_showing(self) -> bool:
        """Whether the clock shows this for the second time."""
        return self.at.astimezone(ZoneInfo(self.zone)).fold == 1

    def counted(self, channel: str | None) -> list[datetime]:
        """When the contacts were made that a rule of this channel, or of all, counts."""
        return [at for at, by in self.sent if channel is None or by == channel]


def bound(channel: str | None, asked: Asked) -> bool:
    """Whether a rule of a channel, or of all, is about a request."""
    return channel is None or channel == asked.channel


@dataclass(frozen=True)
class Rolling:
    """At most so many in every (e - span, e] that holds the request."""

    at_most: int
    minutes: int
    channel: str | None = None

    def text(self) -> str:
        """The rule as a file says it."""
        return f'kind = "frequency_cap"\nat_most = {self.at_most}\nminutes = {self.minutes}'

    def passes(self, asked: Asked) -> bool:
        """Count each window; the fullest ones end at the request or at a contact after it."""
        span, sent = timedelta(minutes=self.minutes), asked.counted(self.channel)
        for end in [asked.at, *sent]:
            if end - span < asked.at <= end:
                held = [at for at in sent if end - span < at <= end]
                if len(held) + 1 > self.at_most:
                    return False
        return True


@dataclass(frozen=True)
class Calendar:
    """At most so many in the local day, week, half month, month, quarter or year."""

    at_most: int
    period: str
    week_start: str = "mon"
    channel: str | None = None

    def text(self) -> str:
        """The rule as a file says it."""
        start = f'\nweek_start = "{self.week_start}"' if self.period == "week" else ""
        return f'kind = "frequency_cap"\nat_most = {self.at_most}\nperiod = "{self.period}"{start}'

    def passes(self, asked: Asked) -> bool:
        """Count what lies in a period of the same name as the request's."""
        own = self._name(asked.at, asked.zone)
        same = [at for at in asked.counted(self.channel) if self._name(at, asked.zone) == own]
        return len(same) + 1 <= self.at_most

    def _name(self, at: datetime, zone: str) -> tuple[int, ...]:
        day = at.astimezone(ZoneInfo(zone)).date()
        if self.period == "week":
            # An ISO week begins on Monday; one that begins on Sunday is a day ahead of it.
            return (day + DAY if self.week_start == "sun" else day).isocalendar()[:2]
        return {
            "day": (day.year, day.month, day.day),
            "half_month": (day.year, day.month, 1 if day.day <= 15 else 2),
            "month": (day.year, day.month),
            "quarter": (day.year, (day.month + 2) // 3),
            "year": (day.year,),
        }[self.period]


@dataclass(frozen=True)
class Gap:
    """At least so many minutes from any contact, before it or after."""

    minutes: int
    channel: str | None = None

    def text(self) -> str:
        """The rule as a file says it."""
        return f'kind = "min_gap"\nminutes = {self.minutes}'

    def passes(self, asked: Asked) -> bool:
        """Look at the distance to each contact."""
        least = timedelta(minutes=self.minutes)
        return all(abs(asked.at - at) >= least for at in asked.counted(self.channel))


@dataclass(frozen=True)
class DaysGap:
    """The next contact on local date d + n at the earliest."""

    days: int
    channel: str | None = None

    def text(self) -> str:
        """The rule as a file says it."""
        return f'kind = "days_gap"\ndays = {self.days}'

    def passes(self, asked: Asked) -> bool:
        """Look at the distance in local dates to each contact."""
        zone = ZoneInfo(asked.zone)
        today = asked.at.astimezone(zone).date()
        days = [at.astimezone(zone).date() for at in asked.counted(self.channel)]
        return all(abs((today - day).days) >= self.days for day in days)


@dataclass(frozen=True)
class Hours:
    """Allowed on these weekdays from one minute of the day to another, perhaps of the next day."""

    weekdays: frozenset[int]
    opens: int
    closes: int
    make_up: bool = False
    channel: str | None = None

    def text(self) -> str:
        """The rule as a file says it."""
        days = ", ".join(f'"{WEEKDAYS[day]}"' for day in sorted(self.weekdays))
        window = f'{{ days = [{days}], from = "{clock(self.opens)}", to = "{clock(self.closes)}" }}'
        more = "\nmake_up_workdays = true" if self.make_up else ""
        return f'kind = "quiet_hours"\nallowed = [{window}]{more}'

    def passes(self, asked: Asked) -> bool:
        """Compare the clock's face with the windows that opened today and yesterday.

        Of a face that is shown twice, the opening is the second and the closing the first.
        """
        wall = asked.wall
        for day in (wall.date(), wall.date() - DAY):
            if self._weekday(day, asked) not in self.weekdays:
                continue
            midnight = datetime.combine(day, time())
            opens = midnight + timedelta(minutes=self.opens)
            closes = midnight + timedelta(minutes=self.closes)
            if self.closes <= self.opens:
                closes += DAY
            if not opens <= wall < closes:
                continue
            twice = shown_twice(wall, asked.zone)
            too_early = twice and not asked.second_showing and shown_twice(opens, asked.zone)
            too_late = twice and asked.second_showing and shown_twice(closes, asked.zone)
            if not too_early and not too_late:
                return True
        return False

    def _weekday(self, day: date, asked: Asked) -> int:
        if self.make_up and day in asked.make_up and day not in asked.holidays:
            return 0
        return day.weekday()


@dataclass(frozen=True)
class Holidays:
    """Closed on holidays, all day."""

    channel: str | None = None
    kind: str = field(default="holidays", init=False)

    def text(self) -> str:
        """The rule as a file says it."""
        return 'kind = "holidays"'

    def passes(self, asked: Asked) -> bool:
        """Look the local date up."""
        return asked.wall.date() not in asked.holidays


PlainRule = Rolling | Calendar | Gap | DaysGap | Hours | Holidays


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def shown_twice(wall: datetime, zone: str) -> bool:
    """Whether a clock shows a wall time twice: both its readings are instants that show it."""
    readings = [wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    back = [each.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for each in readings]
    return readings[0] != readings[1] and back == [wall, wall]


def rule_text(number: int, rule: PlainRule) -> str:
    """The body of a [[rule]] table."""
    channels = "" if rule.channel is None else f'\nchannels = ["{rule.channel}"]'
    return f'id = "rule_{number}"\n{rule.text()}{channels}'


def failing(rules: Sequence[PlainRule], asked: Asked) -> set[str]:
    """The ids of the rules that stop a request."""
    return {
        f"rule_{number}"
        for number, rule in enumerate(rules)
        if bound(rule.channel, asked) and not rule.passes(asked)
    }
