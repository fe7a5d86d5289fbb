"""Turns values as a source writes them into what a raw table's column holds, exactly or not at all.

Every function gives an Arrow array of the column's type, and raises BrokenSource with the place,
the line, the value and what is allowed where a value does not fit.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from banks.errors import BrokenSource
from banks.mapping import Feed, Origin, Rule
from banks.sources import Block
from banks.time_format import (
    FIRST,
    INSTANT,
    ISO_DAY,
    LAST,
    edges_of,
    has_hours,
    instants_of,
    local_days,
    parse_times,
)
from features.contract import ARROW_TYPES

# A whole number of eighteen digits fits into 64 bits.
_DIGITS = 18
_LONGEST_SCALE = 6
_FLAGS = {"true": True, "false": False}

Lookups = Mapping[int, tuple[pa.Array, pa.Array]]


def cast_block(feed: Feed, block: Block, numbers: pa.Array, lookups: Lookups) -> pa.Table:
    """The rows of a block as the feed's raw table has them; ids of codes are still the codes.

    `numbers` are the rows' own numbers; `lookups` holds the keys and values of the lookup of each
    rule, by the rule's place.
    """
    columns = {}
    for place, rule in enumerate(feed.rules):
        if rule.numbered:
            columns[rule.column.name] = numbers
        elif not rule.sources:
            columns[rule.column.name] = _constant(rule, block.rows.num_rows)
        else:
            columns[rule.column.name] = _cast(feed, rule, block, lookups.get(place))
    return pa.table(columns)


def kept_rows(feed: Feed, block: Block) -> pa.Array:
    """Which rows of a block the feed takes."""
    keep = pa.repeat(pa.scalar(True), block.rows.num_rows)  # noqa: FBT003 - Arrow's own signature
    for name, allowed in feed.where.items():
        text = words_of(feed.origin, block, (name,))
        keep = pc.and_(keep, pc.is_in(text, value_set=pa.array(allowed, pa.string())))
    return keep


def words_of(origin: Origin, block: Block, names: tuple[str, ...]) -> pa.Array:
    """The texts of one column, or of several with a space between them."""
    texts = [_text(block, name, block.rows[name]) for name in names]
    if origin.layout.trim:
        texts = [pc.utf8_trim_whitespace(text) for text in texts]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, " ")


def _cast(
    feed: Feed, rule: Rule, block: Block, lookup: tuple[pa.Array, pa.Array] | None
) -> pa.Array:
    native = block.rows[rule.sources[0]].combine_chunks()
    if len(rule.sources) == 1 and lookup is None and pt.is_temporal(native.type):
        found = _of_time(rule, block, native)
    else:
        text = _absent(rule, words_of(feed.origin, block, rule.sources))
        if lookup:
            text = _absent(rule, _looked_up(rule, block, text, lookup))
        found = _of_text(feed, rule, block, text)
    if rule.column.required:
        _refuse(rule, block, found, found.is_null(), "a value, for the column is required")
    return found


def _of_text(feed: Feed, rule: Rule, block: Block, text: pa.Array) -> pa.Array:
    kind = rule.column.type
    if rule.ids:
        return text
    if rule.codes or kind == "flag":
        return _coded(rule, block, text, rule.codes or _FLAGS)
    if kind == "text":
        return _allowed(rule, block, text)
    if kind in {"id", "count"}:
        return _whole(rule, block, text)
    if kind in {"cents", "number"}:
        return _amount(feed, rule, block, text)
    return _time(rule, block, text)


def _whole(rule: Rule, block: Block, text: pa.Array) -> pa.Array:
    # Two codes that differ in leading zeros alone would become one number.
    fits = pc.match_substring_regex(text, rf"^-?(0|[1-9]\d{{0,{_DIGITS - 1}}})$")
    hint = '; for codes of other sorts write ids = "..."' * (rule.column.type == "id")
    _refuse(rule, block, text, pc.invert(fits), "a whole number without leading zeros" + hint)
    return text.cast(pa.int64())


def _amount(feed: Feed, rule: Rule, block: Block, text: pa.Array) -> pa.Array:
    """An amount in cents, moved by powers of ten and never through a float; or a number."""
    plain = pc.replace_substring(text, rule.thousands, "") if rule.thousands else text
    plain = pc.replace_substring(plain, rule.decimal, ".") if rule.decimal != "." else plain
    if rule.column.type == "number":
        fits = pc.match_substring_regex(plain, r"^[+-]?\d{1,15}(\.\d+)?([eE][+-]?\d{1,3})?$")
        _refuse(rule, block, text, pc.invert(fits), f"a number such as -12{rule.decimal}5")
        values = plain.cast(pa.float64())
    else:
        values = _cents(rule, block, text, plain)
    return pc.multiply(values, _signs(feed, rule, block, values.type))


def _cents(rule: Rule, block: Block, text: pa.Array, plain: pa.Array) -> pa.Array:
    places = rule.exponent
    whole = _DIGITS - 1 - places
    fits = pc.match_substring_regex(plain, rf"^[+-]?\d{{1,{whole}}}(\.\d{{0,{places}}}0*)?$")
    example = f"-12{rule.decimal}50" if places else "-1250"
    words = f"an amount such as {example}, of whole cents and at most {whole} digits"
    _refuse(rule, block, text, pc.invert(fits), words)
    cut = pc.replace_substring_regex(plain, rf"\.(\d{{0,{places}}})0*$", r".\1")
    cut = pc.replace_substring_regex(cut, r"^\+|\.$", "")
    exact = cut.cast(pa.decimal128(whole + places, places))
    return pc.multiply(exact, pa.scalar(Decimal(10**places), pa.decimal128(7, 0))).cast(pa.int64())


def _signs(feed: Feed, rule: Rule, block: Block, kind: pa.DataType) -> pa.Scalar | pa.Array:
    if rule.signs is None:
        return pa.scalar(rule.sign, kind)
    name, codes = rule.signs.column, rule.signs.codes
    text = words_of(feed.origin, block, (name,))
    return _meanings(block, name, text, codes, kind)


def _coded(rule: Rule, block: Block, text: pa.Array, codes: Mapping[str, Any]) -> pa.Array:
    return _meanings(block, _named(rule), text, codes, ARROW_TYPES[rule.column.type])


def _meanings(
    block: Block, name: str, text: pa.Array, codes: Mapping[str, Any], kind: pa.DataType
) -> pa.Array:
    """What each code means; null means nothing. An unknown one is refused with the known ones."""
    places = pc.index_in(text, value_set=pa.array(codes, pa.string()))
    unknown = pc.and_(places.is_null(), text.is_valid())
    words = f"one of {', '.join(map(repr, codes))}; add it to codes if it means something"
    block.refuse(name, text, unknown, words)
    return pa.array(codes.values(), kind).take(places)


def _allowed(rule: Rule, block: Block, text: pa.Array) -> pa.Array:
    allowed = rule.column.allowed
    if allowed:
        unknown = pc.invert(pc.is_in(text, value_set=pa.array(allowed, pa.string())))
        words = f"one of {', '.join(allowed)}; write codes = {{ ... }} where the source has others"
        _refuse(rule, block, text, pc.and_(unknown, text.is_valid()), words)
    return text


def _looked_up(
    rule: Rule, block: Block, text: pa.Array, lookup: tuple[pa.Array, pa.Array]
) -> pa.Array:
    keys, values = lookup
    places = pc.index_in(text, value_set=keys)
    lost = pc.and_(places.is_null(), text.is_valid())
    if rule.lookup:
        _refuse(
            rule, block, text, lost, f"a value of {rule.lookup.key} in {rule.lookup.origin.said}"
        )
    return values.take(places)


def _time(rule: Rule, block: Block, text: pa.Array) -> pa.Array:
    written = rule.format or ISO_DAY
    times = parse_times(text, written)
    bad = pc.and_(times.is_null(), text.is_valid())
    _refuse(rule, block, text, bad, f"a day that is, written {written}; another way is a format")
    return _moment(rule, block, times if has_hours(written) else times.cast(pa.date32()))


def _of_time(rule: Rule, block: Block, native: pa.Array) -> pa.Array:
    """A column that already holds days or times."""
    if rule.format:
        words = f"{_named(rule)} holds {native.type} already"
        raise rule.section.refuse(words, "leave format out", key="format")
    if rule.column.type not in {"date", "instant"}:
        return _of_text_of_time(rule, block, native)
    if pt.is_date(native.type):
        return _moment(rule, block, native.cast(pa.date32()))
    if not pt.is_timestamp(native.type):
        raise rule.section.refuse(f"{_named(rule)} holds {native.type}", "name a day or an instant")
    kind = INSTANT if native.type.tz else pa.timestamp("us")
    return _moment(rule, block, native.cast(kind, safe=False))


def _of_text_of_time(rule: Rule, block: Block, native: pa.Array) -> pa.Array:
    if rule.column.type != "text" or rule.codes:
        words = f"{_named(rule)} holds {native.type}, and {rule.column.name} is no time"
        raise rule.section.refuse(words, f"name a column that reads as {rule.column.type}")
    return _allowed(rule, block, native.cast(pa.string()))


def _moment(rule: Rule, block: Block, times: pa.Array) -> pa.Array:
    """Days, wall-clock times or instants as the column's dates or instants."""
    if rule.column.type == "instant" and not pt.is_date(times.type) and rule.edge is None:
        return times if times.type.tz else instants_of(times, rule.zone)
    if pt.is_date(times.type):
        days = times
    elif times.type.tz:
        days = local_days(times, rule.zone)
    else:
        days = times.cast(pa.date32(), safe=False)
    if rule.column.type == "date":
        return days
    outside = pc.or_(pc.less(days, pa.scalar(FIRST)), pc.greater(days, pa.scalar(LAST)))
    _refuse(rule, block, days, outside, f"a day from {FIRST} to {LAST}, or one named in absent")
    return edges_of(days, rule.zone, edge=rule.day_edge, later=rule.days_later)


def _constant(rule: Rule, length: int) -> pa.Array:
    value = rule.constant
    if rule.column.type == "instant":
        if not isinstance(value, datetime):
            day = pa.array([value], pa.date32())
            edge = edges_of(day, rule.zone, edge=rule.day_edge, later=rule.days_later)
            return pa.repeat(edge[0], length)
        if value.tzinfo is None:
            return pa.repeat(instants_of(pa.array([value]), rule.zone)[0], length)
    return pa.repeat(pa.scalar(value, ARROW_TYPES[rule.column.type]), length)


def _absent(rule: Rule, text: pa.Array) -> pa.Array:
    unsaid = pc.is_in(text, value_set=pa.array(rule.absent, pa.string()))
    return pc.if_else(unsaid, pa.scalar(None, pa.string()), text)


def _refuse(rule: Rule, block: Block, values: pa.Array, bad: pa.Array, allowed: str) -> None:
    block.refuse(_named(rule), values, bad.fill_null(False), f"{allowed} ({_target(rule)})")  # noqa: FBT003 - Arrow's own signature


def _named(rule: Rule) -> str:
    return " ".join(rule.sources)


def _target(rule: Rule) -> str:
    return f"for {rule.column.name}, which is {rule.column.type}"


def _text(block: Block, name: str, column: Any) -> pa.Array:  # noqa: ANN401 - an Arrow column
    values = column.combine_chunks()
    if pt.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pt.is_floating(values.type):
        # Files made with pandas write what is absent as not a number.
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if pt.is_decimal(values.type) and values.type.scale > _LONGEST_SCALE:
        said = (None if v is None else format(v, "f") for v in values.to_pylist())
        return pa.array(said, pa.string())
    if pt.is_nested(values.type) or pt.is_binary(values.type):
        raise BrokenSource(
            f"{block.place}: {name} holds {values.type}, which is not read; allowed are texts, "
            "numbers, days, instants and flags"
        )
    return values.cast(pa.string())
