"""A world's settings: every share, hazard and effect by which a simulated bank comes to be."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from banks.errors import BrokenWorld, UnknownWorld
from goodcall.vocabulary import FAMILIES, KINDS

_FOLDER = Path(__file__).parent / "worlds"
CONTACT_CHANNELS = ("phone", "sms", "app", "branch")
LIFE_EVENTS = ("job_change", "home", "child", "windfall", "moving", "moving_abroad")
OBSERVED = ("wealth", "income", "age", "digital")
REGIONS = ("north", "east", "south", "west")
GIVEN_UP = ("deposit", "wealth", "fund", "insurance")
AGE_BANDS = ("under_35", "from_35", "from_55", "from_65")


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a key may hold; with `keys`, it is a section of such numbers."""

    low: float
    high: float
    keys: tuple[str, ...] = ()


Share = Annotated[float, Range(0.0, 1.0)]
Factor = Annotated[float, Range(0.0, 20.0)]
Gain = Annotated[float, Range(0.0, 5.0)]
Spread = Annotated[float, Range(0.0, 3.0)]
Leaning = Annotated[float, Range(-3.0, 3.0)]


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Who the customers are."""

    kinds: Annotated[dict[str, float], Range(0.0, 1.0, KINDS)]
    shared_household: Share
    arriving: Share
    digital: Share
    consenting: Share
    assessed: Share
    rising: Share
    rising_growth: Share


@dataclass(frozen=True, slots=True)
class MoneySettings:
    """What they own, earn and spend."""

    assets_yuan: Annotated[dict[str, float], Range(100.0, 1e10, KINDS)]
    assets_spread: Spread
    income_yuan: Annotated[dict[str, float], Range(100.0, 1e10, KINDS)]
    income_spread: Spread
    salary_here: Share
    wander: Share
    big_spend: Share
    parking: Share


@dataclass(frozen=True, slots=True)
class BuyingSettings:
    """What they come to need and buy."""

    base: Annotated[dict[str, float], Range(0.0, 0.5, FAMILIES)]
    own: Annotated[dict[str, float], Range(0.0, 0.9, FAMILIES)]
    observed_share: Share
    need_gain: Gain
    need_drift: Share
    view_gain: Gain
    again: Share
    leavers: Share
    runs_off: Annotated[dict[str, float], Range(0.0, 0.5, GIVEN_UP)]
    replaces: Share
    season: Share


@dataclass(frozen=True, slots=True)
class ContactSettings:
    """Whom the bank contacts, and what a contact changes."""

    lot: Share
    carried_out: Annotated[float, Range(0.05, 0.95)]
    care_in_lot: Share
    habit: Share
    habit_wealth: Leaning
    habit_bought: Leaning
    habit_need: Leaning
    absent: Share
    reach: Annotated[dict[str, float], Range(0.05, 1.0, CONTACT_CHANNELS)]
    effect: Annotated[dict[str, float], Range(0.0, 10.0, CONTACT_CHANNELS)]
    effect_spread: Spread
    care: Annotated[dict[str, float], Range(0.0, 3.0, CONTACT_CHANNELS)]
    care_spread: Spread
    push: Annotated[dict[str, float], Range(0.0, 3.0, CONTACT_CHANNELS)]
    push_spread: Spread
    sleeping_dogs: Share
    sleeping_dog_harm: Gain
    lost_causes: Share
    lost_causes_buy: Factor
    sure_things: Share
    sure_things_buy: Factor
    low_spirits: Annotated[float, Range(0.0, 0.5)]
    low_heeds: Share
    low_refuses: Gain
    low_shows: Share
    fades: Share
    tires: Gain
    irritates: Gain
    rests: Share
    opt_out: Share
    complaint: Share
    refuses_all: Share
    confesses: Share
    tolerance_gain: Gain
    minutes: Annotated[float, Range(0.05, 20.0)]


@dataclass(frozen=True, slots=True)
class LeavingSettings:
    """How they come to leave, and what shows of it beforehand."""

    unsettled: Share
    settles: Share
    leaves: Share
    direct: Share
    restless_gain: Gain
    newcomer_gain: Gain
    thin_gain: Gain
    moving_gain: Gain
    abroad_gain: Gain
    silent_gain: Gain
    complaint_gain: Gain
    longest_days: Annotated[int, Range(25, 120)]
    least_share: Share
    closes: Share
    salary_stops: Share
    saved: Share
    logins: Factor
    views: Factor
    transfers: Factor
    complaints: Factor


@dataclass(frozen=True, slots=True)
class LifeSettings:
    """What happens to them: chances a month."""

    rates: Annotated[dict[str, float], Range(0.0, 0.2, LIFE_EVENTS)]
    need_rise: Gain
    shows: Factor
    leads: Share
    falls_silent: Share
    wakes: Share
    complaint: Share
    service: Share
    announced: Share


@dataclass(frozen=True, slots=True)
class HabitSettings:
    """Small habits of customers and of the bank's files."""

    visits: Share
    gives_up: Share
    applies_first: Share
    outside_events: Share
    small_transfer: Share
    changes_bank: Share
    deaths: Share
    overdue: Share
    pays_up: Share
    unsettled_cases: Share
    new_manager: Share
    objects: Share
    number_dies: Share
    shared_phones: Share
    tested_again: Share
    unproven: Share
    unknown: Share
    late: Share


@dataclass(frozen=True, slots=True)
class RivalSettings:
    """Rate wars: months in which a rival bank pays more than this one."""

    rate_war: Share
    longest_months: Annotated[int, Range(1, 12)]
    leaves: Gain
    minded: Gain
    saving: Share


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """How the world changes: what each chance and effect is multiplied by in a year."""

    buying: Annotated[dict[str, float], Range(0.2, 5.0, FAMILIES)]
    effect: Annotated[dict[str, float], Range(0.2, 5.0, CONTACT_CHANNELS)]
    leaving: Annotated[float, Range(0.2, 5.0)]


@dataclass(frozen=True, slots=True)
class PlantedSettings:
    """Patterns for reports to find: how much each region and each band of ages differs."""

    leaving: Annotated[dict[str, float], Range(0.1, 10.0, REGIONS)]
    business_loan: Annotated[dict[str, float], Range(0.1, 10.0, REGIONS)]
    pension: Annotated[dict[str, float], Range(0.1, 10.0, AGE_BANDS)]
    waiting: Annotated[dict[str, float], Range(0.0, 0.2, REGIONS)]
    waiting_gain: Gain


@dataclass(frozen=True, slots=True)
class World:
    """Everything about a simulated bank that a seed does not decide."""

    name: str
    people: PeopleSettings
    money: MoneySettings
    buying: BuyingSettings
    needs: dict[str, dict[str, float]]
    contacts: ContactSettings
    leaving: LeavingSettings
    life: LifeSettings
    habits: HabitSettings
    rivals: RivalSettings
    drift: DriftSettings
    planted: PlantedSettings


def worlds() -> tuple[str, ...]:
    """The names of the worlds that can be simulated, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def world_named(name: str) -> World:
    """The world of that name."""
    if name not in worlds():
        raise UnknownWorld(f"world {name!r} does not exist; known: {', '.join(worlds())}")
    return read_world(_FOLDER / f"{name}.toml")


def world_version(name: str) -> str:
    """What tells a world's settings from all others, whatever file or comment says them.

    UnknownWorld where there is no such world.
    """
    said = json.dumps(asdict(world_named(name)), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def read_world(file: Path) -> World:
    """The world that a TOML file describes; every key must be there, in range, and known.

    A world that is `like` another one says only what differs.
    """
    said = _said(file)
    sections = {name: kind for name, kind in get_type_hints(World).items() if name != "name"}
    _check_keys(said, tuple(sections), file.name)
    parts: dict[str, Any] = {
        name: _section(kind, said[name], f"{file.name}: {name}")
        for name, kind in sections.items()
        if is_dataclass(kind)
    }
    leans = Range(-1.0, 1.0, OBSERVED)
    _check_keys(said["needs"], FAMILIES, f"{file.name}: needs")
    needs = {
        family: _numbers(said["needs"][family], leans, f"{file.name}: needs.{family}")
        for family in FAMILIES
    }
    world = World(name=file.stem, **parts, needs=needs)
    if abs(sum(world.people.kinds.values()) - 1) > 1e-9:  # noqa: PLR2004 - float rounding
        raise BrokenWorld(
            f"{file.name}: people.kinds adds up to {sum(world.people.kinds.values()):g}; "
            "write shares that add up to 1"
        )
    return world


def check_world(world: World) -> None:
    """BrokenWorld where a number of a world that was made of another is out of range."""
    for name, kind in get_type_hints(World).items():
        if is_dataclass(kind):
            _section(kind, asdict(getattr(world, name)), f"{world.name}: {name}")


def _said(file: Path) -> dict[str, Any]:
    """What a file says, and what the world that it is like says where it is silent."""
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BrokenWorld(f"{file.name} does not read as TOML: {error}") from error
    like = said.pop("like", None)
    if like is None:
        return said
    others = [name for name in worlds() if name != file.stem]
    if like not in others:
        raise BrokenWorld(f"{file.name}: like is {like!r}; name one of: {', '.join(others)}")
    whole: dict[str, Any] = _over(_said(_FOLDER / f"{like}.toml"), said)
    return whole


def _over(below: Any, above: Any) -> Any:  # noqa: ANN401 - read from files
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: _over(below.get(key), value) for key, value in above.items()}


def _section(kind: Any, said: Any, where: str) -> Any:  # noqa: ANN401 - any section's class
    hints = get_type_hints(kind, include_extras=True)
    _check_keys(said, tuple(hints), where)
    values: dict[str, Any] = {}
    for name, hint in hints.items():
        sort, allowed = get_args(hint)
        place = f"{where}.{name}"
        if allowed.keys:
            values[name] = _numbers(said[name], allowed, place)
        else:
            _check_range(said[name], allowed, place)
            values[name] = sort(said[name])
    return kind(**values)


def _numbers(said: Any, allowed: Range, where: str) -> dict[str, float]:  # noqa: ANN401 - read from a file
    _check_keys(said, allowed.keys, where)
    for key in allowed.keys:
        _check_range(said[key], allowed, f"{where}.{key}")
    return {key: float(said[key]) for key in allowed.keys}


def _check_keys(said: Any, names: tuple[str, ...], where: str) -> None:  # noqa: ANN401 - read from a file
    if not isinstance(said, dict):
        raise BrokenWorld(f"{where} is not a section; it holds: {', '.join(names)}")
    if unknown := sorted(set(said) - set(names)):
        raise BrokenWorld(
            f"{where}: unknown key {', '.join(unknown)}; known: {', '.join(sorted(names))}"
        )
    if missing := sorted(set(names) - set(said)):
        raise BrokenWorld(f"{where}: key {', '.join(missing)} is missing; write it")


def _check_range(value: Any, allowed: Range, where: str) -> None:  # noqa: ANN401 - read from a file
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not allowed.low <= value <= allowed.high:
        raise BrokenWorld(
            f"{where} is {value!r}; write a number from {allowed.low:g} to {allowed.high:g}"
        )
