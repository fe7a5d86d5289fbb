"""The simulated bank itself: its branches, staff, products and offers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from banks.world import REGIONS
from banks.world_arrays import Ints, dates, instants, words
from banks.world_calendar import LAST_DAY, Calendar
from goodcall.vocabulary import FAMILIES, KINDS

CITIES = (("沈阳", "天津"), ("杭州", "宁波"), ("广州", "厦门"), ("成都", "西安"))
_DISTRICTS = ("中心", "滨江", "新城", "人民路", "解放路", "科技园", "火车站", "大学城")
_RECORDED_BEFORE = -3000  # branches and products are older than the window
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN = "伟芳娜敏静强磊洋艳勇杰娟涛超明霞"
_TELLERS, _LOBBY, _AGENTS = 4, 1, 1
ROLES = ("relationship_manager", "teller", "lobby", "agent")
PERSONAL = ("retail", "private")
FIRMS = ("small_business", "corporate")


@dataclass(frozen=True, slots=True)
class Product:
    """A product: family, risk at issuer and seller, term, yearly margin, buyers and their ages.

    One without a margin is sold on request and never offered.
    """

    code: str
    name_en: str
    name_zh: str
    family: str
    risk: tuple[str | None, str | None] = (None, None)
    days: int | None = None
    yuan: int | None = None
    kinds: tuple[str, ...] = KINDS
    ages: tuple[int | None, int | None] = (None, None)


def _personal(
    words_of: tuple[str, str, str, str],
    risk: tuple[str | None, str | None],
    days: int | None,
    yuan: int | None,
    ages: tuple[int | None, int | None] = (None, None),
) -> Product:
    return Product(*words_of, risk=risk, days=days, yuan=yuan, kinds=PERSONAL, ages=ages)


_SAFE = (None, None)
PRODUCTS = (
    Product("TD180", "Term deposit, 180 days", "半年定期存款", "deposit", days=180, yuan=120),
    Product("TD365", "Term deposit, one year", "一年定期存款", "deposit", days=365),
    _personal(
        ("STEADY", "Steady wealth, 90 days", "稳享90天理财", "wealth"), ("R1", "R2"), 90, 260
    ),
    _personal(
        ("GROWTH", "Growth wealth, one year", "进取一年理财", "wealth"), ("R3", "R3"), 365, 420
    ),
    Product(
        *("LIQUID", "Cash management for firms", "企业现金管理", "wealth", ("R1", "R1")),
        yuan=900,
        kinds=FIRMS,
    ),
    _personal(("BALFUND", "Balanced fund", "平衡型基金", "fund"), ("R3", "R3"), None, 350),
    _personal(("EQFUND", "Equity fund", "股票型基金", "fund"), ("R4", "R5"), None, None),
    _personal(
        ("PENSION", "Pension insurance", "养老年金保险", "insurance"),
        ("R2", "R2"),
        None,
        1500,
        (18, 65),
    ),
    _personal(
        ("GOLDCARD", "Gold credit card", "金卡信用卡", "credit_card"), _SAFE, None, 180, (18, 65)
    ),
    _personal(
        ("EASYLOAN", "Consumer loan", "消费贷款", "consumer_loan"), _SAFE, 1095, 900, (20, 60)
    ),
    _personal(
        ("HOMELOAN", "Home mortgage", "住房按揭贷款", "mortgage"), _SAFE, 7300, 4200, (20, 65)
    ),
    Product(
        *("BIZLOAN", "Working capital loan", "经营性贷款", "business_loan"),
        days=365,
        yuan=3600,
        kinds=FIRMS,
    ),
)
OFFERED = tuple(number for number, product in enumerate(PRODUCTS) if product.yuan)


def sold_to(kind: str) -> tuple[bool, ...]:
    """For each family, whether the bank offers it to a kind of customer."""
    return tuple(
        any(product.family == family and kind in product.kinds for product in PRODUCTS)
        for family in FAMILIES
    )


def best_offers() -> Ints:
    """(kinds, families): the number of the product offered of each family to each kind; -1 if none.

    Of several it is the first.
    """
    best = np.full((len(KINDS), len(FAMILIES)), -1)
    for number in reversed(OFFERED):
        for kind in PRODUCTS[number].kinds:
            best[KINDS.index(kind), FAMILIES.index(PRODUCTS[number].family)] = number
    return best


def margins_cents() -> Ints:
    """(kinds, families): what a customer of a kind brings in a year by what is offered of a family.

    0 for what is not offered.
    """
    yearly = np.array([(product.yuan or 0) * 100 for product in PRODUCTS] + [0])
    found: Ints = yearly[best_offers()]
    return found


@dataclass(frozen=True, slots=True)
class Places:
    """Branches by number from 0 with their region, and the relationship managers of each."""

    region: Ints
    city: Ints
    staff_branch: Ints
    staff_role: Ints
    minutes: Ints

    @property
    def managers(self) -> Ints:
        """The staff numbers of the relationship managers."""
        return np.flatnonzero(self.staff_role == 0)


def found_bank(customers: int, rng: np.random.Generator, minutes: float = 1.0) -> Places:
    """As many branches and staff as the customers need, with so many times the usual minutes."""
    branches = max(3, -(-customers // 1000))
    managers = max(branches, -(-customers // 250))
    numbers = np.arange(branches)
    others = np.repeat([1, 2, 3], [_TELLERS, _LOBBY, _AGENTS])
    role = np.concatenate([np.zeros(managers, dtype=np.int64), np.tile(others, branches)])
    branch = np.concatenate([np.arange(managers) % branches, np.repeat(numbers, len(others))])
    usual = np.where(role == 0, rng.integers(9, 16, len(role)) * 10, 0)
    return Places(
        region=numbers % len(REGIONS),
        city=numbers % len(REGIONS) * 2 + numbers // len(REGIONS) % 2,
        staff_branch=branch,
        staff_role=role,
        minutes=np.rint(usual * minutes).astype(np.int64),
    )


def colleagues(places: Places, branch: Ints, manager: Ints) -> Ints:
    """Another manager of each branch, the same where the branch has but one."""
    managers, branches = places.managers, len(places.region)
    of_branch = np.bincount(places.staff_branch[managers], minlength=branches)[branch]
    turn = (manager - branch) // branches
    other: Ints = managers[branch + branches * ((turn + 1) % of_branch)]
    return other


def city_names() -> tuple[str, ...]:
    """Every city of every region, two a region."""
    return tuple(city for pair in CITIES for city in pair)


def place_tables(
    places: Places, calendar: Calendar, rng: np.random.Generator
) -> dict[str, pa.Table]:
    """The raw tables branches, staff, products and offers."""
    return {
        "branches": _branches(places, calendar),
        "staff": _staff(places, calendar, rng),
        "products": _products(calendar),
        "offers": _offers(calendar),
    }


def _known(calendar: Calendar, count: int) -> dict[str, pa.Array]:
    moment = instants(calendar.instant(np.full(count, _RECORDED_BEFORE)))
    return {"happened_at": moment, "known_at": moment}


def _branches(places: Places, calendar: Calendar) -> pa.Table:
    count, cities = len(places.region), city_names()
    names = [
        f"{cities[city]}{_DISTRICTS[number // len(cities) % len(_DISTRICTS)]}支行"
        for number, city in enumerate(places.city.tolist())
    ]
    return pa.table(
        {"branch_id": np.arange(count) + 1, "name": names, "region": words(places.region, REGIONS)}
        | _known(calendar, count)
    )


def _staff(places: Places, calendar: Calendar, rng: np.random.Generator) -> pa.Table:
    count = len(places.staff_role)
    drawn = rng.integers(0, 16, (count, 3))
    names = [f"{_SURNAMES[a]}{_GIVEN[b]}{_GIVEN[c]}" for a, b, c in drawn.tolist()]
    return pa.table(
        {
            "staff_id": np.arange(count) + 1,
            "name": names,
            "role": words(places.staff_role, ROLES),
            "branch_id": places.staff_branch + 1,
            "daily_minutes": pa.array(places.minutes, mask=places.staff_role != 0),
        }
        | _known(calendar, count)
    )


def _products(calendar: Calendar) -> pa.Table:
    count = len(PRODUCTS)
    return pa.table(
        {
            "product_id": np.arange(count) + 1,
            "code": [p.code for p in PRODUCTS],
            "name_en": [p.name_en for p in PRODUCTS],
            "name_zh": [p.name_zh for p in PRODUCTS],
            "family": [p.family for p in PRODUCTS],
            "investment": [p.risk[0] is not None for p in PRODUCTS],
            "issuer_risk": [p.risk[0] for p in PRODUCTS],
            "seller_risk": [p.risk[1] for p in PRODUCTS],
            "term_days": [p.days for p in PRODUCTS],
        }
        | _known(calendar, count)
    )


def _offers(calendar: Calendar) -> pa.Table:
    offered = [PRODUCTS[number] for number in OFFERED]
    last = np.datetime64(LAST_DAY.replace(year=LAST_DAY.year + 1), "D").astype(np.int64)
    return pa.table(
        {
            "offer_code": [p.code for p in offered],
            "product_id": np.array(OFFERED) + 1,
            "name_en": [p.name_en for p in offered],
            "name_zh": [p.name_zh for p in offered],
            "margin_cents": [(p.yuan or 0) * 100 for p in offered],
            "kinds": [",".join(p.kinds) for p in offered],
            "min_age": [p.ages[0] for p in offered],
            "max_age": [p.ages[1] for p in offered],
            "valid_to": dates(np.full(len(offered), last)),
        }
        | _known(calendar, len(offered))
    )
