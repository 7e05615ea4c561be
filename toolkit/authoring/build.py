"""Rebuild a pack's workbooks (重建规则包); a Word template that the office has edited is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.errors import PackError
from toolkit.pack import (
    BULLETIN_OUTLINE,
    BULLETIN_TEMPLATE,
    DOCUMENT_NAME,
    FILL_NAME,
    LETTER_OUTLINE,
    LETTER_TEMPLATE,
    MACRO_NAME,
    PUBLIC_NAME,
    REPORT_NAME,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from toolkit.pack import Pack


WORKBOOKS = (FILL_NAME, MACRO_NAME, REPORT_NAME, PUBLIC_NAME)
_CORE = "docProps/core.xml"
_OWN_STAMP = b">2024-01-01T00:00:00Z</dcterms:modified>"  # what every workbook gets that is built here


def build_pack(pack: Pack, *, document: bool, force: bool = False) -> list[Path]:
    """Write the workbooks; 自评报告.docx and 通报.docx only where they are missing or asked for.

    Raises:
        PackError: the pack is unsound, or a workbook was edited by hand since it was built; `force` writes over it.
    """
    from toolkit.authoring.check import unsound
    from toolkit.authoring.workbook import build_fill, build_report

    if problems := unsound(pack):
        told = "\n".join(f"  · {p}" for p in problems)
        raise PackError(f"规则包 {pack.id} 有 {len(problems)} 处问题，没有重建：\n{told}")
    edited = [name for name in WORKBOOKS if edited_by_hand(pack.folder / name)]
    if edited and not force:
        raise PackError(
            f"{'、'.join(edited)} 在生成以后又在 Excel 或 WPS 里改过，没有重建，以免盖掉改动。"
            "要改的地方请写进 forms.toml；确实不要这些改动的，加 --force。"
        )
    made = [build_fill(pack), build_macro(pack), build_report(pack)]
    if pack.has_public:
        made.append(build_report(pack, public=True))
    target = pack.folder / DOCUMENT_NAME
    if document or not target.is_file():
        from toolkit.authoring.word import build

        build(pack.document(), target)
        made.append(target)
    made += _beside_outline(pack, BULLETIN_OUTLINE, BULLETIN_TEMPLATE, pack.bulletin, again=document)
    return made + _beside_outline(pack, LETTER_OUTLINE, LETTER_TEMPLATE, pack.letter, again=document)


def edited_by_hand(path: Path) -> bool:
    """Whether a built workbook was saved by another program since."""
    from toolkit.engines.xlsx import open_package

    if not path.is_file():
        return False
    return _OWN_STAMP not in open_package(path.read_bytes()).parts.get(_CORE, b"")


def _beside_outline(
    pack: Pack, outline: str, name: str, read: Callable[[], dict[str, Any]], *, again: bool
) -> list[Path]:
    """通报.docx and 退回意见.docx stand where their outlines do; a pack without one uses its parent's."""
    target = pack.folder / name
    if not (pack.folder / outline).is_file() or (target.is_file() and not again):
        return []
    from toolkit.authoring.word import build

    build(read(), target)
    return [target]


def build_macro(pack: Pack) -> Path:
    """Write 填报表.xlsm, the same form with buttons, into the pack's folder and return its path."""
    from toolkit.authoring.buttons import ButtonRow, add_button_places, with_macros
    from toolkit.authoring.workbook import fill_book, save_book
    from toolkit.engines.xlsx import open_package, write_parts

    forms = pack.forms("fill")
    book = fill_book(pack, forms, buttons=True)
    rows = [ButtonRow(*place) for place in add_button_places(book, pack, forms[0])]
    path = save_book(book, pack.folder / MACRO_NAME)
    path.write_bytes(write_parts(with_macros(open_package(path.read_bytes()).parts, rows).items()))
    return path
