"""结果页 (HTML): a unit's results on one page, for people without our program. No script and no network."""

from __future__ import annotations

import re
from decimal import Decimal
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from toolkit.core.findings import Severity, by_cause
from toolkit.core.money import plain, round_half_up
from toolkit.core.words import as_text
from toolkit.engines.xlsx import column_letter, place_of
from toolkit.pack import batch_settings
from toolkit.publishing.document import points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.audit import Audited
    from toolkit.core.findings import Finding
    from toolkit.core.model import Content
    from toolkit.engines.xlsx import CellSource

PAGE_NAME = "结果.html"
_MOST_COLUMNS, _MOST_EXCERPTS, _MOST_SHOWN = 9, 4, 40
_VERDICTS = {
    "error": "有错误，须改正后重报",
    "incomplete": "数据不全，须补填后重报",
    "warning": "有警示，须说明原因",
    "clean": "审核通过",
}
_MOST_LABEL, _SIGN, _WIDEST = 26, 14, 380  # characters of a label, pixels of a character and of the longest bar
_SHORT = 4
_STYLE = """
:root { color-scheme: light; }
body { font-family: "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif; margin: 0 auto; padding: 1rem;
  max-width: 60rem; line-height: 1.7; color: #1f2328; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.2rem; border-bottom: 2px solid #ccd; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
a { color: #0550ae; } a:focus-visible, summary:focus-visible { outline: 3px solid #0550ae; outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; background: #fff; padding: .5rem; }
nav ul, .files { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; padding: 0; }
table { border-collapse: collapse; margin: .4rem 0 1rem; font-size: .9rem; }
th, td { border: 1px solid #b9bec5; padding: .15rem .5rem; vertical-align: top;
  max-width: 18rem; overflow-wrap: break-word; }
td.rest { max-width: 30rem; }
td a { white-space: nowrap; }
th { background: #eef1f5; font-weight: normal; } thead th { font-weight: bold; white-space: nowrap; }
td.n { text-align: right; }
td.n, .tag { white-space: nowrap; }
td.bad { background: #ffd7d5; font-weight: bold; outline: 2px solid #cf222e; }
.error, .bad-text { color: #b3261e; } .warning { color: #8a5a00; } .notice { color: #0a5c6b; }
.clean { color: #1a6b2f; }
.finding { margin: .8rem 0; padding-left: .8rem; border-left: 4px solid #ccd; }
.finding.error { border-color: #cf222e; color: inherit; } .finding.warning { border-color: #d4a72c; color: inherit; }
.finding.notice { border-color: #3b8ea5; color: inherit; } .tag { font-weight: bold; }
.wide { overflow-x: auto; } svg text { font-size: 13px; fill: #1f2328; }
@page { margin: 1.5cm; }
@media print { nav, .skip { display: none; } body { max-width: none; padding: 0; font-size: 10pt; }
  .finding, svg, tr { break-inside: avoid; } a { color: inherit; text-decoration: none; }
  h2, h3 { break-after: avoid; } thead th:not(.short) { white-space: normal; }
  .wide { overflow: visible; padding-right: 2px; } svg { max-width: 100%; height: auto; }
  details > * { display: block; } details::details-content { content-visibility: visible; block-size: auto; } }
"""


class Bar(NamedTuple):
    """One bar of a chart (条): its label, its length and the text at its end."""

    label: str
    value: Decimal
    text: str


def html_page(title: str, body: Iterable[str]) -> bytes:
    """A whole page. Its policy forbids everything but its own style, so that no text of staff can do anything."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        f'<!DOCTYPE html>\n<!-- 由 `jixiao 命令` 生成 -->\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">跳到正文</a>\n<h1>{escape(title)}</h1>\n<main id="main">\n'
    )
    return "\n".join([head, *body, "</main>\n</body>\n</html>\n"]).encode("utf-8", "replace")


def link(target: str, text: str) -> str:
    """A link to a file beside the page; it works from a share and from a USB stick."""
    return f'<a href="{escape(quote(target))}">{escape(text)}</a>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are HTML already, numbers stand to the right, and the last cell of a short row takes the rest."""
    top = "".join(map(_th, heads))
    body = "".join(f"<tr>{''.join(_row(row, len(heads)))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _th(head: str) -> str:
    """A short head stays in one line on paper, too: 错/误 is no word."""
    short = ' class="short"' if len(head) <= _SHORT else ""
    return f'<th scope="col"{short}>{escape(head)}</th>'


def _row(cells: Sequence[str], columns: int) -> Iterator[str]:
    yield from map(_td, cells[:-1])
    yield _td(cells[-1], columns - len(cells) + 1)


def _td(cell: str, across: int = 1) -> str:
    number = ' class="n"' if re.fullmatch(r"-?[\d,]+(\.\d+)?%?", cell) else ""
    wide = f' class="rest" colspan="{across}"' if across > 1 else ""
    return f"<td{number or wide}>{cell}</td>"


def bars(title: str, rows: Sequence[Bar]) -> str:
    """A bar chart as a drawing, told in words too for those who cannot see it; what is below zero goes to the left."""
    values = [Decimal(0), *(r.value for r in rows)]
    least, span = min(values), max(values) - min(values) or Decimal(1)
    edge = min(_MOST_LABEL, max((len(r.label) for r in rows), default=0)) * _SIGN + 20
    zero = edge + round(-least / span * _WIDEST)
    told = "；".join(f"{r.label} {r.text}" for r in rows)
    drawn = "".join(
        f'<text x="{edge - 10}" y="{i * 28 + 19}" text-anchor="end">{escape(_short(r.label))}</text>'
        f'<rect x="{min(zero, zero + wide)}" y="{i * 28 + 5}" width="{abs(wide)}" height="18" fill="#5b7083"/>'
        f'<text x="{max(zero, zero + wide) + 6}" y="{i * 28 + 19}">{escape(r.text)}</text>'
        for i, (r, wide) in enumerate((r, round(r.value / span * _WIDEST)) for r in rows)
    )
    high = len(rows) * 28 + 4
    return (
        f'<h3>{escape(title)}</h3>\n<div class="wide"><svg role="img" aria-label="{escape(f"{title}：{told}")}" '
        f'width="{edge + 520}" height="{high}" viewBox="0 0 {edge + 520} {high}">{drawn}</svg></div>'
    )


def _short(label: str) -> str:
    return label if len(label) <= _MOST_LABEL else f"{label[: _MOST_LABEL - 1]}…"


def unit_page(audited: Audited, source: CellSource, files: Sequence[str]) -> bytes:
    """The results of one unit: findings by sheet with the rows they are about, scores, and the finished files."""
    name = audited.unit.unit_name or "（未填单位名称）"
    return html_page(f"{name} {audited.pack.year} 年度绩效自评结果", _body(audited, source, files))


def _body(audited: Audited, source: CellSource, files: Sequence[str]) -> Iterator[str]:
    result, figures = audited.result, audited.figures.book
    counts = "，".join(f"{s.label} {len(result.of(s))} 个" for s in Severity)
    yield f'<p class="tag {result.verdict}">{_VERDICTS.get(result.verdict, "")}</p>'
    yield f"<p>{counts}；通过 {len(result.passed)} 条，未检查 {len(result.not_checked)} 条（缺数据，不等于通过）。</p>"
    view, roles = figures.computed, figures.section.roles
    yield f"<p>{_total(view.content(roles.total), view.content(roles.grade))}</p>"
    yield '<ul class="files">' + "".join(f"<li>{link(f, f)}</li>" for f in files) + "</ul>"
    yield '<nav aria-label="目录"><ul><li><a href="#findings">问题</a></li><li><a href="#charts">图</a></li>'
    yield '<li><a href="#unchecked">未检查</a></li></ul></nav>'
    yield '<h2 id="findings">审核发现的问题</h2>'
    yield from _findings(result.findings, source)
    yield '<h2 id="charts">图</h2>'
    yield from _charts(audited)
    yield f'<h2 id="unchecked">未检查（{len(result.not_checked)} 条）</h2>'
    titles = audited.pack.titles
    rows = [(escape(n.rule), escape(titles.get(n.rule, "")), escape(n.reason)) for n in result.not_checked]
    yield f"<details><summary>逐条列出</summary>{table(('规则', '审核内容', '原因'), rows)}</details>"


def _total(total: Content, grade: Content) -> str:
    if not isinstance(total, Decimal):
        return "整体自评总分：数据不全，算不出。"
    return f"整体自评总分 {round_half_up(total, 2)} 分{f'，等级“{escape(str(grade))}”' if grade else ''}。"


def _findings(findings: Sequence[Finding], source: CellSource) -> Iterator[str]:
    if not findings:
        yield "<p>未发现问题。</p>"
    order = {name: i for i, name in enumerate(source.sheet_names)}
    placed = sorted(by_cause(findings), key=lambda f: order.get(f[0].sheet, len(order)))
    for sheet, group in groupby(placed, key=lambda f: f[0].sheet):
        yield f"<h3>{escape(sheet or '整个工作簿')}</h3>"
        for finding, others in group:
            yield _shown(finding, source, "".join(_shown(other, source) for other in others), len(others))


def _shown(finding: Finding, source: CellSource, inside: str = "", others: int = 0) -> str:
    """A finding with its rows; what comes of it is folded inside."""
    kind, told = finding.severity.value, "（已说明）" if finding.explained else ""
    folded = (
        f"<details><summary>由此引起的 {others} 个问题，改好这一处再看</summary>{inside}</details>" if others else ""
    )
    tag = f'<span class="tag {kind}">{finding.severity.label}{told}</span>'
    return f'<div class="finding {kind}">{tag} {escape(finding.message)}{_excerpt(finding, source)}{folded}</div>'


def _excerpt(finding: Finding, source: CellSource) -> str:
    """The rows that a finding is about, as they stand on the sheet, its cells marked."""
    if finding.sheet not in source.sheet_names:
        return ""
    values = source.values(finding.sheet)
    marked = {place_of(ref.address.partition(":")[0]) for ref in finding.cells if ref.sheet == finding.sheet}
    rows = sorted({row for row, _ in marked})[:_MOST_EXCERPTS]
    columns = sorted({c for r in rows for c in values.get(r, {})} | {c for r, c in marked if r in rows})
    kept = _near(columns, {c for r, c in marked if r in rows})
    if not rows or not kept:
        return ""
    heads = "".join(f'<th scope="col">{column_letter(c)}</th>' for c in kept)
    body = "".join(
        f'<tr><th scope="row">{r}</th>'
        + "".join(_cell(values.get(r, {}).get(c), bad=(r, c) in marked) for c in kept)
        + "</tr>"
        for r in rows
    )
    top = f'<tr><th scope="col">行</th>{heads}</tr>'
    return f'<div class="wide"><table><thead>{top}</thead><tbody>{body}</tbody></table></div>'


def _near(columns: Sequence[int], marked: set[int]) -> list[int]:
    """As many columns as can be read side by side, the marked ones always among them."""
    if len(columns) <= _MOST_COLUMNS:
        return list(columns)
    first = columns.index(min(marked)) if marked else 0
    start = max(0, min(first - 2, len(columns) - _MOST_COLUMNS))
    kept = set(columns[:2]) | set(columns[start : start + _MOST_COLUMNS - 2]) | marked
    return [c for c in columns if c in kept]


def _cell(value: Content, *, bad: bool) -> str:
    text = (
        plain(value) if isinstance(value, Decimal) else as_text(value) if value is not None else "（空）" if bad else ""
    )
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    kind = " ".join(k for k, on in (("bad", bad), ("n", isinstance(value, Decimal))) if on)
    return f'<td class="{kind}">{escape(shown)}</td>' if kind else f"<td>{escape(shown)}</td>"


def _charts(audited: Audited) -> Iterator[str]:
    view, unit = audited.figures.book.computed, audited.pack.unit
    figures = [f for f in batch_settings(audited.pack).figures if f.unit == unit]
    amounts = [(f.title, view.content(f.name)) for f in figures]
    drawn = [Bar(label, n, f"{round_half_up(n, 2)}") for label, n in amounts if isinstance(n, Decimal)]
    yield bars(f"主要数据（{unit}）", drawn) if drawn else "<p>预算数、执行数没有填。</p>"
    groups = _groups(audited)
    scores = [
        Bar(level, earned, f"{round_half_up(earned, 2)} / {plain(weight)}")
        for level, (earned, weight) in groups.items()
    ]
    yield bars("各级指标得分（得分 / 分值）", scores) if scores else "<p>绩效指标没有得分。</p>"


def _groups(audited: Audited) -> Mapping[str, tuple[Decimal, Decimal]]:
    """First-level indicator → points earned and prescribed, of the rows that have both."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for level, score, weight in points(audited.figures.book, audited.pack):
        if score is not None and weight is not None:
            earned, of = found.get(level, (Decimal(0), Decimal(0)))
            found[level] = (earned + score, of + weight)
    return found
