"""pack import (导入官方表): an official blank form becomes a pack: its look kept, its cells named, the rest as TOML."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from toolkit.authoring.official.layout import blank_sheets
from toolkit.authoring.official.naming import CHOSEN, KNOWN, SCORED, SUMMED, Named, NamedSheet, named_sheets, settled
from toolkit.authoring.official.styles import shown_as
from toolkit.authoring.official.texts import MAPPING_NAME, forms_toml, named_cells, pack_toml, unweighed
from toolkit.core.dictionary import Kind
from toolkit.core.errors import UsageError
from toolkit.core.light import dataclass
from toolkit.engines import OTHER_BOOKS, as_xlsx, read_input, write_file
from toolkit.engines.xlsx import (
    MAIN,
    address,
    open_package,
    parse_area,
    parse_xml,
    place_of,
    whole,
    write_parts,
    xml_bytes,
)
from toolkit.pack import FILL_NAME, FORMS_NAME, PACK_FILE, REPORT_NAME, find_pack
from toolkit.unit.moving import move_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lxml import etree

    from toolkit.authoring.official.naming import Ask
    from toolkit.pack import Pack

_HEADS = {"工作表": 18, "格子": 9, "表上的字": 36, "名称": 34, "类型": 10, "怎么来的": 24}
_AS_BOOK = "请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。"
_AS_TABLE = (
    "不是 Excel 工作簿。请在里面选中整张表，复制，在 Excel 或 WPS 表格新的工作表里粘贴"
    "（保留源格式，合并的格一起带来），另存为 .xlsx 再导入。"
)
_FORMATS = {  # the spreadsheet's own: 0.00%, #,##0.00, 0.00, and the short date
    Kind.RATE: "10",
    Kind.MONEY: "4",
    Kind.SCORE: "2",
    Kind.DATE: "14",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an official form (导入结果): the pack, its sheets, and what is still wrong with it."""

    pack: Pack
    sheets: tuple[NamedSheet, ...]
    problems: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()  # first levels of the form that nobody has given points yet

    @property
    def files(self) -> list[Path]:
        """What was written."""
        return sorted(self.pack.folder.iterdir())

    @property
    def unsure(self) -> list[Named]:
        """The cells whose names nobody has confirmed."""
        return [
            named for sheet in self.sheets for named in sheet.names if named.how not in {KNOWN, CHOSEN, SUMMED, SCORED}
        ]


def import_form(  # noqa: PLR0913 - what a pack is made from, and who is asked
    path: Path, name: str, folder: Path, parent: Pack, year: int, *, ask: Ask | None = None
) -> Imported:
    """Write the pack `folder/name` from an official form; `ask` tells what a cell is that no label leads to.

    Raises:
        UnreadableError: no workbook.
        UsageError: nothing in it is to be filled in, or the folder is there already.
    """
    data = _workbook(path)
    ours = {form.name for form in parent.forms("report") if form.internal}
    totals = {space.roles.total.rpartition("_")[2] for space in parent.dictionary.spaces} - {""}
    blanks = blank_sheets(data, move_words(parent).sums | totals)
    sheets = named_sheets([sheet for sheet in blanks if sheet.name not in ours], parent)
    if not any(sheet.names for sheet in sheets):
        raise UsageError(
            f"{path.name}：没有找到要填的格子。请给一份空白的官方表（有表格线、有栏目名称，要填的格空着）。"
        )
    home = folder / name
    if home.exists():
        raise UsageError(f"{home} 已经有了，请换一个编号，或用 -o 换个地方。")
    if ask:
        settled(sheets, parent, ask)
    home.mkdir(parents=True)
    texts = {PACK_FILE: pack_toml(name, path.stem, parent, year, sheets), FORMS_NAME: forms_toml(sheets, parent)}
    for file, text in texts.items():
        write_file(home / file, text.encode())
    look = _opened(data, sheets)
    write_file(home / FILL_NAME, look)
    write_file(home / REPORT_NAME, look)
    write_file(home / MAPPING_NAME, _mapping(sheets))
    return Imported(find_pack(str(home)), tuple(sheets), (), tuple(unweighed(parent, sheets)))


def _workbook(path: Path) -> bytes:
    data, kind = read_input(path, "请换一份再试。", "Excel 或 WPS"), path.suffix.lower()
    if kind in {".xlsx", ".xlsm"}:
        return data
    newer = as_xlsx(data, kind) if kind == ".xls" else None
    if newer is None:
        raise UsageError(f"{path.name}：{_AS_BOOK if kind in OTHER_BOOKS else _AS_TABLE}")
    return newer


def _opened(data: bytes, sheets: Iterable[NamedSheet]) -> bytes:
    """The official workbook, its look untouched: what is printed in cells to be filled in goes, lists become rows."""
    package = open_package(data)
    parts, style_part = dict(package.parts), package.related("styles") or ""
    styles = parse_xml(parts[style_part], style_part) if style_part else None
    for sheet in sheets:
        here = package.sheet(sheet.blank.name)
        if here is not None:
            root = parse_xml(parts[here.part], here.part)
            _open_sheet(root, sheet)
            if styles is not None:
                _number(root, sheet, styles)
            parts[here.part] = xml_bytes(root)
    if styles is not None:
        parts[style_part] = xml_bytes(styles)
    return write_parts(parts.items())


def _open_sheet(root: etree._Element, sheet: NamedSheet) -> None:
    listed = {row for first, last, _ in sheet.lists for row in range(first, last + 1)}
    for cell in root.iter(MAIN + "c"):
        place = place_of(cell.get("r") or "A1")
        if place in sheet.at or (place[0] in listed and not sheet.numbers(*place)):
            for child in list(cell):
                cell.remove(child)
            cell.attrib.pop("t", "")
    for merge in list(root.iter(MAIN + "mergeCell")):
        area = parse_area(f"x!{merge.get('ref')}")
        if area and area.top != area.bottom and set(range(area.top, area.bottom + 1)) & listed:
            merge.getparent().remove(merge)  # type: ignore[union-attr]
    for merges in root.findall(MAIN + "mergeCells"):
        merges.set("count", str(len(merges)))
        if not len(merges):
            root.remove(merges)


def _number(root: etree._Element, sheet: NamedSheet, styles: etree._Element) -> None:
    """A share shows as a percentage and an amount with its cents, where the official form leaves it open."""
    kinds = {place: named.kind for place, named in sheet.at.items()}
    for first, last, _ in sheet.lists:
        columns = {column: kind for (row, column), kind in kinds.items() if row == first}
        kinds |= {(row, column): kind for row in range(first, last + 1) for column, kind in columns.items()}
    for cell in root.iter(MAIN + "c"):
        number = _FORMATS.get(kinds.get(place_of(cell.get("r") or "A1"), Kind.TEXT))
        if number:
            cell.set("s", str(shown_as(styles, whole(cell.get("s"), 0), number)))


def _mapping(sheets: Iterable[NamedSheet]) -> bytes:
    """表样对照.xlsx: each cell with its name, where the name comes from, and its kind."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "表样对照"
    page.append(list(_HEADS))
    for sheet, named in named_cells(sheets):
        where = address(named.spot.row, named.spot.column)
        page.append([sheet.blank.name, where, named.label, named.name, str(named.kind), named.how])
    for column, width in enumerate(_HEADS.values(), 1):
        page.column_dimensions[get_column_letter(column)].width = width
        page.cell(1, column).font = Font(name="宋体", bold=True)
    for line in page.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    page.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
