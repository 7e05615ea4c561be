"""Rebuild a pack's workbooks (重建规则包); a Word template that the office has edited is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.pack import BULLETIN_OUTLINE, BULLETIN_TEMPLATE, DOCUMENT_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack


def build_pack(pack: Pack, *, document: bool) -> list[Path]:
    """Write 填报表.xlsx, 自评报表.xlsx and 公开报表.xlsx; 自评报告.docx and 通报.docx where missing or asked for."""
    from toolkit.template import build_fill, build_report

    made = [build_fill(pack), build_report(pack)]
    if "disclosure" in pack.raw:
        made.append(build_report(pack, public=True))
    target = pack.folder / DOCUMENT_NAME
    if document or not target.is_file():
        from toolkit.document_template import build

        build(pack.document(), target)
        made.append(target)
    return made + _bulletin(pack, again=document)


def _bulletin(pack: Pack, *, again: bool) -> list[Path]:
    """通报.docx stands where its outline does; a pack without one uses its parent's."""
    outline, target = pack.folder / BULLETIN_OUTLINE, pack.folder / BULLETIN_TEMPLATE
    if not outline.is_file() or (target.is_file() and not again):
        return []
    from toolkit.document_template import build

    build(pack.bulletin(), target)
    return [target]
