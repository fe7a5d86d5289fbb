"""The dictionary: every field of every table, feature, model and answer, and what it means."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from goodcall.cells import inert
from goodcall.language import Text
from governance.errors import UndefinedField

Sort = Literal["raw table", "feature", "model input", "score", "answer", "stored table"]

SORTS: dict[Sort, Text] = {
    "raw table": Text("raw table", "原始表"),
    "feature": Text("feature", "特征"),
    "model input": Text("model input", "模型输入"),
    "score": Text("score", "模型评分"),
    "answer": Text("answer of the service", "服务接口字段"),
    "stored table": Text("stored table", "存储表"),
}
COLUMNS = {
    "sort": Text("sort", "类别"),
    "holder": Text("in", "所属"),
    "name": Text("field", "字段"),
    "type": Text("type", "类型"),
    "meaning": Text("meaning", "含义"),
    "owner": Text("owner", "负责部门"),
    "source": Text("source", "来源"),
    "freshness": Text("fresh within", "时效"),
}
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Definition:
    """One field: what it is in, its type and meaning, whose it is, where from, how fresh."""

    sort: Sort
    holder: str
    name: str
    type: str
    meaning: Text
    owner: str
    source: str
    freshness: Text

    @property
    def lacks(self) -> tuple[str, ...]:
        """What nobody has said of the field yet."""
        said = {
            "meaning (en)": self.meaning.en,
            "meaning (zh)": self.meaning.zh,
            "owner": self.owner,
            "source": self.source,
            "freshness": self.freshness.en and self.freshness.zh,
        }
        return tuple(name for name, words in said.items() if not words.strip())

    def has(self, words: str) -> bool:
        """Whether the field's name, place, meaning or source has some words in it."""
        text = (self.holder, self.name, self.meaning.en, self.meaning.zh, self.source, self.owner)
        return words.casefold() in "\n".join(text).casefold()


def checked(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions, where each says everything and none stands twice; else UndefinedField."""
    found = tuple(definitions)
    wrong = [
        f"{each.sort} {each.holder}.{each.name} lacks {', '.join(each.lacks)}"
        for each in found
        if each.lacks
    ]
    places = Counter((each.sort, each.holder, each.name) for each in found)
    wrong += [
        f"{sort} {holder}.{name} is defined {count} times"
        for (sort, holder, name), count in places.items()
        if count > 1
    ]
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        raise UndefinedField(
            f"{'; '.join(wrong[:_TOLD])}{more}. Say it where the field is declared; "
            "docs/dictionary.md tells where that is"
        )
    return found


def definition_facts(each: Definition) -> dict[str, Any]:
    """A definition as JSON values."""
    return {
        "sort": each.sort,
        "in": each.holder,
        "field": each.name,
        "type": each.type,
        "meaning": {"en": each.meaning.en, "zh": each.meaning.zh},
        "owner": each.owner,
        "source": each.source,
        "freshness": {"en": each.freshness.en, "zh": each.freshness.zh},
    }


def to_json(definitions: Sequence[Definition]) -> bytes:
    """The dictionary as one JSON list."""
    said = [definition_facts(each) for each in definitions]
    return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def to_csv(definitions: Sequence[Definition]) -> bytes:
    """The dictionary as CSV that Excel opens in Chinese, in both languages."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows(_lines(definitions))
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(definitions: Sequence[Definition]) -> bytes:
    """The dictionary as a workbook in both languages, its header frozen, its columns filtered."""
    import xlsxwriter  # noqa: PLC0415 - the service is installed without it and writes no workbook

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("dictionary")
        lines = [*_lines(definitions)]
        for row, cells in enumerate(lines):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(lines) - 1, len(lines[0]) - 1)
    return buffer.getvalue()


def _lines(definitions: Sequence[Definition]) -> Iterable[tuple[str, ...]]:
    yield (
        *("sort", "in", "field", "type", "meaning_en", "meaning_zh"),
        *("owner", "source", "fresh_en", "fresh_zh"),
    )
    for each in definitions:
        cells = (
            *(each.sort, each.holder, each.name, each.type, each.meaning.en, each.meaning.zh),
            *(each.owner, each.source, each.freshness.en, each.freshness.zh),
        )
        yield tuple(str(inert(cell)) for cell in cells)
