"""Rebuild a pack's workbooks (重建规则包): drawn anew, or brought up to date where an office has edited them.

A Word template that the office has edited is left alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from toolkit.core.errors import PackError
from toolkit.core.light import replace
from toolkit.engines import write_file
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
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from toolkit.authoring.official import Ask, Imported
    from toolkit.pack import Pack, SheetForm

    Draw = Callable[[Sequence[SheetForm]], bytes]


_CORE = "docProps/core.xml"
_OWN_STAMP = b">2024-01-01T00:00:00Z</dcterms:modified>"  # what every workbook gets that is built here


def build_pack(pack: Pack, *, document: bool, force: bool = False) -> list[Path]:
    """Write the workbooks; 自评报告.docx and 通报.docx only where they are missing or asked for.

    A workbook that was edited since it was built keeps its look and gets the rules, lists, drop-downs, formulas and
    names of the pack; `force` draws it anew.

    Raises:
        PackError: the pack is unsound, or an edited workbook has lost cells of the form.
    """
    from toolkit.authoring.check import unsound
    from toolkit.authoring.workbook import report_bytes

    if problems := unsound(pack):
        told = "\n".join(f"  · {p}" for p in problems)
        raise PackError(f"规则包 {pack.id} 有 {len(problems)} 处问题，没有重建：\n{told}")
    if edited_by_hand(pack.folder / MACRO_NAME) and not force:
        raise PackError(
            f"{MACRO_NAME} 在生成以后又改过；它由 {FILL_NAME} 生成，样子请在 {FILL_NAME} 里改。"
            "没有重建，以免盖掉改动；确实不要这些改动的，加 --force。"
        )
    kinds = [(REPORT_NAME, "report"), *([(PUBLIC_NAME, "public")] if pack.has_public else [])]
    made = {FILL_NAME: _updated(pack.folder / FILL_NAME, pack.forms("fill"), partial(_fill_bytes, pack), force=force)}
    look = None if force or not edited_by_hand(pack.folder / FILL_NAME) else made[FILL_NAME]
    made[MACRO_NAME] = macro_bytes(pack, look)
    for name, kind in kinds:
        made[name] = _updated(pack.folder / name, pack.forms(kind), partial(report_bytes, pack, name=name), force=force)
    for name, data in made.items():
        write_file(pack.folder / name, data, over=True)
    return [*(pack.folder / name for name in made), *_documents(pack, again=document)]


def import_pack(  # noqa: PLR0913 - as `import_form` has it
    path: Path, name: str, folder: Path, parent: Pack, year: int, *, ask: Ask | None = None
) -> Imported:
    """A pack from an official form, built where it is sound; else with what is still wrong.

    Raises:
        UnreadableError: no workbook.
        UsageError: nothing in it is to be filled in, or the folder is there already.
    """
    from toolkit.authoring.check import unsound
    from toolkit.authoring.official import import_form

    made = import_form(path, name, folder, parent, year, ask=ask)
    problems = unsound(made.pack)
    if not problems:
        build_pack(made.pack, document=False)
    return replace(made, problems=tuple(problems))


def _documents(pack: Pack, *, again: bool) -> list[Path]:
    made, target = [], pack.folder / DOCUMENT_NAME
    if again or not target.is_file():
        from toolkit.authoring.word import build

        build(pack.document(), target)
        made.append(target)
    made += _beside_outline(pack, BULLETIN_OUTLINE, BULLETIN_TEMPLATE, pack.bulletin, again=again)
    return made + _beside_outline(pack, LETTER_OUTLINE, LETTER_TEMPLATE, pack.letter, again=again)


def edited_by_hand(path: Path) -> bool:
    """Whether a built workbook was saved by another program since."""
    from toolkit.engines.xlsx import open_package

    if not path.is_file():
        return False
    return _OWN_STAMP not in open_package(path.read_bytes()).parts.get(_CORE, b"")


def _updated(path: Path, forms: Sequence[SheetForm], draw: Draw, *, force: bool) -> bytes:
    """A workbook of the pack: drawn, or brought up to date in the file that was edited."""
    if force or not edited_by_hand(path):
        return draw(forms)
    from toolkit.authoring.official import brought_up_to_date

    return brought_up_to_date(path.name, path.read_bytes(), forms, draw)


def _fill_bytes(pack: Pack, forms: Sequence[SheetForm]) -> bytes:
    from toolkit.authoring.workbook import book_bytes, fill_book

    return book_bytes(fill_book(pack, forms))


def _beside_outline(
    pack: Pack, outline: str, name: str, read: Callable[[], dict[str, Any]], *, again: bool
) -> list[Path]:
    """通报.docx and 退回意见.docx stand where their outlines do; a pack that says nothing else uses its parent's."""
    target = pack.folder / name
    if not pack.says_otherwise(outline) or (target.is_file() and not again):
        return []
    from toolkit.authoring.word import build

    build(read(), target)
    return [target]


def macro_bytes(pack: Pack, look: bytes | None = None) -> bytes:
    """填报表.xlsm, the form with buttons: as it is drawn, or with the look of a 填报表.xlsx that an office edited."""
    from toolkit.authoring.buttons import ButtonRow, add_button_places, with_macros
    from toolkit.authoring.workbook import book_bytes, fill_book
    from toolkit.engines.xlsx import open_package, write_parts

    rows: list[ButtonRow] = []
    drawn: dict[str, bytes] = {}

    def draw(forms: Sequence[SheetForm]) -> bytes:
        book = fill_book(pack, forms, buttons=True)
        rows.extend(ButtonRow(*place) for place in add_button_places(book, pack, forms[0]))
        made = book_bytes(book)
        drawn.update({_CORE: open_package(made).parts[_CORE]})
        return made

    if look is None:
        data = draw(pack.forms("fill"))
    else:
        from toolkit.authoring.official import brought_up_to_date

        data = brought_up_to_date(FILL_NAME, look, pack.forms("fill"), draw)
    return write_parts(with_macros({**open_package(data).parts, **drawn}, rows).items())
