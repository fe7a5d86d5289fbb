"""Names and telephone numbers of simulated customers: made up, and belonging to nobody."""

import numpy as np

from banks.world_arrays import Flags, Ints

_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲建国华红英梅俊峰波宇浩然欣怡子涵梓轩雨桐思远晓东志"
    "鹏海燕春雪冬云飞翔龙凤佳琪嘉豪诗婷美琳慧颖凯旋博雅清扬天乐安宁永康瑞祥庆福正义仁礼智信温良恭俭让书画"
)
_FIRM_WORDS = "宏达盛泰恒丰瑞祥金源华兴鼎信德润嘉禾永利顺通万和安捷东方新锐博远"
_TRADES = ("商贸", "科技", "餐饮", "物流", "建材", "服饰", "食品", "装饰", "机械", "电子")
_ONE_CHARACTER = 0.18
_PREFIX = 19_900_000_000


def people_names(count: int, rng: np.random.Generator) -> list[str]:
    """So many names of persons, a surname and one or two characters."""
    weight = 1 / (np.arange(len(_SURNAMES)) + 6.0)
    surname = rng.choice(len(_SURNAMES), count, p=weight / weight.sum())
    given = rng.integers(0, len(_GIVEN), (count, 2))
    short = rng.random(count) < _ONE_CHARACTER
    return [
        _SURNAMES[s] + _GIVEN[a] + ("" if one else _GIVEN[b])
        for s, (a, b), one in zip(surname.tolist(), given.tolist(), short.tolist(), strict=True)
    ]


def firm_names(city: list[str], rng: np.random.Generator) -> list[str]:
    """A firm's name for each city given."""
    drawn = rng.integers(0, len(_FIRM_WORDS) // 2, (len(city), 2))
    trade = rng.integers(0, len(_TRADES), len(city))
    return [
        f"{place}{_FIRM_WORDS[2 * a : 2 * a + 2]}{_FIRM_WORDS[2 * b]}{_TRADES[t]}有限公司"
        for place, (a, b), t in zip(city, drawn.tolist(), trade.tolist(), strict=True)
    ]


def phone_numbers(owner: Ints) -> list[str]:
    """An eleven-digit number for each owner; equal owners have equal numbers."""
    scattered = (owner * 7_368_787 + 1_234_567) % 100_000_000
    return [str(_PREFIX + number) for number in scattered.tolist()]


def phone_owners(customer_id: Ints, household: Ints, shares: Flags) -> Ints:
    """Whose number each customer gives: the first of the household's where they share one."""
    numbers, first = np.unique(household, return_index=True)
    eldest = customer_id[first][np.searchsorted(numbers, household)]
    return np.where(shares & (household >= 0), eldest, customer_id)
