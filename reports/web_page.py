"""A report as one HTML page: for a screen, a telephone and paper."""

import html
from collections.abc import Iterator, Sequence

from goodcall.language import Language
from reports.pages import ALL, NONE, Page, Sheet, cells_of
from reports.pictures import Picture

# So many letters, a day's or a few words', stay on one line.
_SHORT = 16
# A wide table scrolls in its own box, its first column in sight; Chinese heads break between words
# alone. On paper nothing scrolls: pages lie on their side, and each repeats the heads.
_STYLE = """
body{font:15px/1.45 sans-serif;margin:2em;color:#1a1a1a}
h1{font-size:1.6em}h2{font-size:1.2em;margin:1.6em 0 .5em}
ul{max-width:60em;padding-left:1.2em;color:#444}
.wide{overflow-x:auto}
table{border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid #ddd;padding:.3em .6em;text-align:left;vertical-align:top}
th{border-bottom:2px solid #888;vertical-align:bottom}
th,td{word-break:keep-all}
th:first-child,td:first-child{position:sticky;left:0;background:#fff}
td.n,.short{white-space:nowrap}.n{text-align:right}
tr.all td{font-weight:bold;border-top:1px solid #888}
li::first-letter,th::first-letter{text-transform:uppercase}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(20em,1fr));gap:1em 2em}
figure{margin:0;max-width:34em;break-inside:avoid}figcaption{font-weight:bold}
svg{width:100%;height:auto}
@media(max-width:600px){body{margin:1em;font-size:14px}th,td{padding:.3em .5em}}
@page{size:A4 landscape;margin:12mm}
@media print{body{margin:0;font-size:8pt}.wide{overflow:visible}th,td{padding:.2em .5em}
tr{break-inside:avoid}h2{break-after:avoid}}
"""


def page_html(page: Page, language: Language) -> bytes:
    """A report as one HTML page that loads nothing from elsewhere."""
    title = html.escape(page.title.to(language))
    notes = "".join(f"<li>{html.escape(note.to(language))}</li>" for note in page.notes)
    parts = [
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<ul>{notes}</ul>" if notes else "",
        *(_pictures(picture, page.currency, language) for picture in page.pictures),
        *(part for sheet in page.sheets for part in _table(page, sheet, language)),
    ]
    return "\n".join([*parts, "</body></html>", ""]).encode()


def _pictures(picture: Picture, currency: str, language: Language) -> str:
    panels = (
        f"<figure><figcaption>{html.escape(panel.title.to(language))}</figcaption>"
        f"{panel.svg(currency, language)}</figure>"
        for panel in picture.panels
        if panel.drawn
    )
    title = html.escape(picture.title.to(language))
    return f'<h2>{title}</h2><div class="panels">{"".join(panels)}</div>'


def _table(page: Page, sheet: Sheet, language: Language) -> Iterator[str]:
    yield f"<h2>{html.escape(sheet.title.to(language))}</h2>"
    if not sheet.rows:
        yield f"<p>{NONE.to(language)}</p>"
        return
    titles = [each.title.to(language) for each in sheet.columns.values()]
    yield f'<div class="wide"><table><thead><tr>{_cells(titles, sheet, "th")}</tr></thead><tbody>'
    for row, said in zip(sheet.rows, cells_of(page, sheet, language), strict=True):
        kind = ' class="all"' if row[0] == ALL else ""
        yield f"<tr{kind}>{_cells(said, sheet, 'td')}</tr>"
    yield "</tbody></table></div>"


def _cells(cells: Sequence[str], sheet: Sheet, tag: str) -> str:
    return "".join(
        f"<{tag}{_class(cell, number=place in sheet.numbers)}>{html.escape(cell)}</{tag}>"
        for place, cell in enumerate(cells)
    )


def _class(cell: str, *, number: bool) -> str:
    if number:
        return " class=n"
    return " class=short" if len(cell) <= _SHORT else ""
