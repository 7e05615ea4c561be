"""A sheet of lines (明细页): notes, heads, texts, nothing that a program would take for a formula."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST = 32767  # characters in a cell


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
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#DDEBF7"})
    body = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    blue = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "font_color": "#0563C1", "underline": 1})
    title = book.add_format({"bold": True, "text_wrap": True})
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for row, text in enumerate(notes):
        sheet.merge_range(row, 0, row, len(heads) - 1, text, title)
        sheet.set_row(row, 32)
    top = len(notes)
    for column, head in enumerate(heads):
        sheet.write_string(top, column, head, bold)
    for index, texts in enumerate(lines):
        for column, text in enumerate(texts):
            link = (links or {}).get((index, column))
            if link:
                sheet.write_url(top + 1 + index, column, f"external:{link.replace('#', '%23')}", blue, text[:_LONGEST])
            else:
                sheet.write_string(top + 1 + index, column, text[:_LONGEST], body)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet
