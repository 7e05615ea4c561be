"""审核结果 the list of what was found: one line per finding, linked to its cell, under the name of its sheet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from toolkit.core.findings import Severity, by_cause
from toolkit.core.words import quoteattr
from toolkit.engines.xlsx import cell_xml, lines_of, link_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from toolkit.core.findings import Finding, Folded
    from toolkit.publishing.workbooks.added.looks import SheetLooks

HEADS = ("序号", "规则", "程度", "工作表", "单元格", "问题与处理办法", "状态")

HEAD_ROW = 3

_WIDTHS = (6, 8, 8, 16, 12, 90, 10)

_UNDER = ("", ' outlineLevel="1" hidden="1"')  # a finding that comes of the one above

_LONG = 5  # the column of the sentences, from 0


def result_sheet(findings: Iterable[Finding], order: Sequence[str], summary: str, looks: SheetLooks) -> bytes:
    """The sheet; `order` are the sheets of the workbook, `summary` the conclusion in one line."""
    lines, links, merges = list(_opening(summary, looks)), [""], ["A1:G1", "A2:G2"]
    number, row = 0, HEAD_ROW
    for sheet, found in grouped(findings, order).items() or [("", [])]:
        row += 1
        merges.append(f"A{row}:G{row}")
        text = f"{sheet or '整份填报表'}（{counted(found)}）" if found else "未发现问题。"
        lines.append(_line(row, (text, *("",) * (len(HEADS) - 1)), looks.group, wide=True))
        for finding, others in found:
            number, row = number + 1, row + 1
            lines.append(_finding_line(row, str(number), finding, looks, folded(len(others))))
            links += _link(row, finding)
            for i, other in enumerate(others, 1):
                row += 1
                lines.append(_finding_line(row, f"{number}.{i}", other, looks, _UNDER))
                links += _link(row, other)
    return _sheet("".join(lines), merges, "".join(links))


def _opening(summary: str, looks: SheetLooks) -> Iterator[str]:
    yield _line(1, ("审核结果",), looks.title, wide=True)
    yield _line(2, (summary,), looks.note, wide=True)
    yield _line(HEAD_ROW, HEADS, looks.head)


def _sheet(lines: str, merges: Sequence[str], links: str) -> bytes:
    columns = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(_WIDTHS, 1))
    joined = "".join(f'<mergeCell ref="{m}"/>' for m in merges)
    block = f"<hyperlinks>{links}</hyperlinks>" if links else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetPr><tabColor rgb="FFC00000"/><outlinePr summaryBelow="0"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">'
        f'<pane ySplit="{HEAD_ROW}" topLeftCell="A{HEAD_ROW + 1}" activePane="bottomLeft" state="frozen"/>'
        '</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" outlineLevelRow="1"/>'
        f"<cols>{columns}</cols><sheetData>{lines}</sheetData>"
        f'<mergeCells count="{len(merges)}">{joined}</mergeCells>{block}<printOptions horizontalCentered="1"/>'
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.75" header="0.3" footer="0.35"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页 共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    ).encode()


def counted(found: Iterable[Folded]) -> str:
    """错误 2 个，提示 1 个."""
    counts = Counter(f.severity for lead, others in found for f in (lead, *others))
    return "，".join(f"{s.label} {counts[s]} 个" for s in Severity if counts[s])


def folded(others: int) -> tuple[str, str]:
    """What a finding says of those that come of it, and how its row is marked."""
    told = f"（由此引起的 {others} 个问题折叠在下面，点左边的“＋”展开；改好这一处再看。）" if others else ""
    return told, ' collapsed="1"' if others else ""


def _finding_line(row: int, number: str, finding: Finding, looks: SheetLooks, fold: tuple[str, str]) -> str:
    where = finding.cells[0].address if finding.cells else ""
    state = "已说明" if finding.explained else ""
    texts = (number, finding.rule, finding.severity.label, finding.sheet, where)
    told, marks = fold
    text = finding.message + finding.hint + told
    return _line(row, (*texts, text, state), looks.centre, looks.body).replace("<row ", f"<row{marks} ", 1)


def _link(row: int, finding: Finding) -> Iterator[str]:
    if finding.cells:
        where = finding.cells[0].address
        place = quoteattr(link_to(finding.sheet, where))
        yield f'<hyperlink ref="E{row}" location={place} display={quoteattr(where)}/>'


def _line(row: int, texts: tuple[str, ...], style: int, long: int | None = None, *, wide: bool = False) -> str:
    """A row; `long` is the look of the column that takes sentences, `wide` a text over all columns."""
    looks = [long if long is not None and i == _LONG else style for i in range(len(texts))]
    cells = "".join(cell_xml(f"{chr(65 + i)}{row}", f' s="{looks[i]}"', "", text) for i, text in enumerate(texts))
    lines = max(lines_of(text, sum(_WIDTHS) if wide else _WIDTHS[i]) for i, text in enumerate(texts))
    height = 30 if row == 1 else min(15 * max(1, lines) + 6, 409)
    return f'<row r="{row}" ht="{height}" customHeight="1">{cells}</row>'


def grouped(findings: Iterable[Finding], order: Sequence[str]) -> dict[str, list[Folded]]:
    """Sheet → its findings, sheets as they stand in the workbook, the worst first; "" is the whole workbook."""
    places = {name: place for place, name in enumerate(order)}
    found: dict[str, list[Folded]] = {}
    for finding, others in sorted(by_cause(findings), key=lambda f: (places.get(f[0].sheet, -1), f[0].severity.rank)):
        found.setdefault(finding.sheet if finding.sheet in places else "", []).append((finding, others))
    return found
