"""The quality report as one page of HTML that needs nothing but itself, on a phone or a desk."""

from collections.abc import Sequence
from html import escape

from features.quality.check import QualityCheck
from features.quality.judge import Check
from features.quality.pictures import months_picture, nulls_picture, shift_picture
from features.quality.words import VERDICTS, name_check, say_limit, say_value
from features.tables import TABLES
from goodcall.language import Language, Text

_SHIFTS_SHOWN = 3
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2430;--dim:#667;--line:#d8dce3;--paper:#fff;--bar:#3d6fb4;
--fail:#c0322b;--warn:#b07a00;--pass:#2d7d46}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--dim:#9aa3b2;--line:#363d49;--paper:#14181f;
--bar:#6fa0e6;--fail:#ff7b72;--warn:#e3b341;--pass:#56d364}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:60rem;padding:1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;border-top:1px solid var(--line);padding-top:.8rem}
p.dim,figcaption,svg text{color:var(--dim);fill:var(--dim)}figcaption,svg text{font-size:12px}
.sum b{margin-right:1rem}.fail{color:var(--fail)}.warn{color:var(--warn)}.pass{color:var(--pass)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);
vertical-align:top;overflow-wrap:anywhere}th{color:var(--dim);font-weight:400}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1rem}
figure{margin:.5rem 0}svg{width:100%;max-width:26rem;height:auto;overflow:visible}
rect.bar{fill:var(--bar)}rect.odd{fill:var(--fail)}rect.then{fill:var(--dim);opacity:.5}
summary{cursor:pointer;color:var(--dim)}
"""


def quality_page(check: QualityCheck, language: Language) -> str:
    """The whole page: what is wrong first, then every table with its pictures."""
    profile = check.profile
    title = Text(f"Data quality of {profile.name}", f"数据质量:{profile.name}").to(language)
    wrong = [c for c in check.checks if c.verdict in ("fail", "warn")]
    wrong.sort(key=lambda c: c.verdict)
    days = f"{profile.first_day} – {profile.last_day}, {profile.zone}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="dim">{escape(days)}. {escape(_against(check, language))}</p>',
        f'<p class="sum">{_summary(check, language)}</p>',
        _contract(check, language),
        _checks(wrong, language)
        if wrong
        else f"<p>{Text('No gate warns or fails.', '没有警告或不合格项。').to(language)}</p>",
        *(_table(check, name, language) for name in profile.tables),
    ]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _against(check: QualityCheck, language: Language) -> str:
    if check.earlier is None:
        return Text("There is no earlier load to compare with.", "没有上一次加载可比。").to(
            language
        )
    return Text(
        f"Compared with the load up to {check.earlier.last_day}.",
        f"与截至{check.earlier.last_day}的加载比较。",
    ).to(language)


def _summary(check: QualityCheck, language: Language) -> str:
    return "".join(
        f'<b class="{verdict}">{words.to(language)} {check.count(verdict)}</b>'
        for verdict, words in VERDICTS.items()
    )


def _contract(check: QualityCheck, language: Language) -> str:
    findings = check.contract.findings
    if not findings:
        return f"<p>{Text('Every contract is kept.', '全部符合数据约定。').to(language)}</p>"
    broken, doubtful = Text("broken", "违约"), Text("doubtful", "存疑")
    return _rows(
        (
            Text("contract", "约定"),
            Text("table", "表"),
            Text("rows", "行数"),
            Text("finding", "发现"),
            _FIRST,
        ),
        [
            (
                _bold("fail", broken, language) if f.broken else _bold("warn", doubtful, language),
                escape(f.table),
                f"{f.rows:,}",
                escape(f.reason),
                escape("; ".join(f.examples)),
            )
            for f in findings
        ],
        language,
    )


def _table(check: QualityCheck, name: str, language: Language) -> str:
    table, now = TABLES[name], check.profile.tables[name]
    checks = [c for c in check.checks if c.gate.table == name]
    rows = Text("rows", "行").to(language)
    held = Text(f"{len(checks)} gates", f"{len(checks)}项检查").to(language)
    pictures = [
        months_picture(now.months, _odd_months(checks), language),
        nulls_picture(now.shapes, language),
        *_shifts(check, name, checks, language),
    ]
    return (
        f"<section><h2>{escape(name)}</h2>"
        f'<p class="dim">{escape(table.meaning.to(language))} · {now.rows:,} {rows}</p>'
        f'<div class="pictures">{"".join(pictures)}</div>'
        f"<details><summary>{held}</summary>{_checks(checks, language)}</details></section>"
    )


def _odd_months(checks: Sequence[Check]) -> set[str]:
    """The months that a gate of volume or of history named, or in which a day lies that one did."""
    named = ("month_low", "month_high", "day_low", "day_high", "history")
    month = len("2026-06")
    return {when[:month] for c in checks if c.gate.measure.name in named for when in c.examples}


def _shifts(
    check: QualityCheck, name: str, checks: Sequence[Check], language: Language
) -> list[str]:
    """The columns that a gate found shifted, and the most shifted of the others."""
    found = {
        c.gate.column
        for c in checks
        if c.gate.measure.name == "distribution" and c.verdict in ("warn", "fail")
    }
    own = {column: shift for (table, column), shift in check.shifts.items() if table == name}
    ranked = sorted(own, key=lambda column: -own[column].index)
    shown = [
        column for place, column in enumerate(ranked) if column in found or place < _SHIFTS_SHOWN
    ]
    return [shift_picture(column, own[column], language) for column in shown]


def _checks(checks: Sequence[Check], language: Language) -> str:
    return _rows(
        (
            Text("gate", "检查项"),
            Text("verdict", "结论"),
            Text("measured", "实测"),
            Text("allowed", "允许"),
            Text("rows", "行数"),
            _FIRST,
        ),
        [
            (
                escape(name_check(c, language)),
                _bold(c.verdict, VERDICTS[c.verdict], language),
                escape(say_value(c, language)),
                escape(say_limit(c, language)),
                f"{c.rows:,}",
                escape("; ".join(c.examples)),
            )
            for c in checks
        ],
        language,
    )


def _bold(verdict: str, words: Text, language: Language) -> str:
    return f'<b class="{verdict}">{escape(words.to(language))}</b>'


def _rows(columns: Sequence[Text], rows: Sequence[Sequence[str]], language: Language) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(column.to(language))}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


_FIRST = Text("first", "首例")
