"""A sheet of lines (明细页): notes, heads, texts, nothing that a program would take for a formula."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from toolkit.engines.xlsx import lines_of

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST = 32767  # characters in a cell

_LINE, _MARGIN, _MOST_HIGH = 13.5, 6.0, 409.0  # points

_BASE = {"font_name": "宋体", "font_size": 10, "text_wrap": True, "valign": "vcenter"}

_CELL = {**_BASE, "border": 1, "border_color": "#A6A6A6"}


@contextmanager
def plain_book(stream: io.BytesIO) -> Iterator[Any]:
    """An XlsxWriter workbook whose bytes depend on its content alone."""
    import datetime as dt

    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": dt.datetime(2024, 1, 1)})  # noqa: DTZ001 - a fixed date: same bytes
        yield book


def plain_sheet(  # noqa: PLR0913, PLR0917 - what a sheet is made of
    book: Any,  # noqa: ANN401 - xlsxwriter ships no types
    name: str,
    notes: Sequence[str],
    heads: Sequence[str],
    widths: Sequence[float],
    lines: Iterable[Sequence[str]],
    links: Mapping[tuple[int, int], str] | None = None,
) -> Any:  # noqa: ANN401 - its worksheet
    """Add a sheet; `links`: (line, column) from 0 → a path beside the workbook that the text there leads to."""
    sheet = book.add_worksheet(name)
    bold = book.add_format({**_CELL, "bold": True, "align": "center", "bg_color": "#DCE6F1"})
    body = book.add_format(_CELL)
    blue = book.add_format({**_CELL, "font_color": "#0563C1", "underline": 1})
    title = book.add_format({**_BASE, "font_name": "黑体", "font_size": 16, "bold": True, "align": "center"})
    note = book.add_format({**_BASE, "font_color": "#595959"})
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for row, text in enumerate(notes):
        sheet.merge_range(row, 0, row, len(heads) - 1, text, note if row else title)
        sheet.set_row(row, _height([text], [sum(widths)]) if row else 34)
    top = len(notes)
    sheet.set_row(top, 24)
    for column, head in enumerate(heads):
        sheet.write_string(top, column, head, bold)
    for index, texts in enumerate(lines):
        sheet.set_row(top + 1 + index, _height(texts, widths))
        for column, text in enumerate(texts):
            link = (links or {}).get((index, column))
            if link:
                sheet.write_url(top + 1 + index, column, f"external:{link}", blue, text[:_LONGEST])
            else:
                sheet.write_string(top + 1 + index, column, text[:_LONGEST], body)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.75)
    sheet.set_footer("&C第 &P 页 共 &N 页")
    sheet.hide_gridlines(2)
    return sheet


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Points for the longest text of a row."""
    lines = max(lines_of(text, width) for text, width in zip(texts, widths, strict=True))
    return min(_MOST_HIGH, lines * _LINE + _MARGIN)
