"""The Word template as a Chinese Word of today would have saved it (模板部件): nothing of the library's own is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docx
import pytest
from docx.table import Table

from toolkit.engines.xlsx.package import parse_xml, relations
from toolkit.engines.xlsx.zip import inflate
from toolkit.pack.finding import default_pack, list_packs
from toolkit.pack.pack import DOCUMENT_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from docx.text.paragraph import Paragraph
    from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return inflate((default_pack().folder / DOCUMENT_NAME).read_bytes())


def _root(parts: dict[str, bytes], name: str) -> etree._Element:
    return parse_xml(parts[name], name)


def test_settings_are_of_a_chinese_word(parts: dict[str, bytes]) -> None:
    settings = _root(parts, "word/settings.xml")
    compat = {e.get(W + "name"): e.get(W + "val") for e in settings.iter(W + "compatSetting")}
    assert compat["compatibilityMode"] == "15"
    assert [e.get(W + "eastAsia") for e in settings.iter(W + "themeFontLang")] == ["zh-CN"]
    assert [e.get(W + "val") for e in settings.iter(W + "characterSpacingControl")] == ["compressPunctuation"]
    assert {e.get(W + "eastAsia") for e in _root(parts, "word/styles.xml").iter(W + "lang")} == {"zh-CN"}


def test_every_font_is_declared_with_its_character_set(parts: dict[str, bytes]) -> None:
    fonts = {e.get(W + "name"): e.find(W + "charset") for e in _root(parts, "word/fontTable.xml")}
    used = {
        e.get(W + script)
        for name in parts
        if name.startswith("word/") and name.endswith(".xml")
        for e in _root(parts, name).iter(W + "rFonts")
        for script in ("ascii", "hAnsi", "eastAsia", "cs")
    }
    assert used - {None} == fonts.keys()
    charset = fonts["仿宋_GB2312"]
    assert charset is not None
    assert charset.get(W + "val") == "86"
    assert "ＭＳ 明朝" not in fonts


DOCUMENTS = [p for pack in list_packs() for p in sorted(pack.folder.glob("*.docx"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: f"{p.parent.name} {p.stem}")
def test_no_signature_can_stand_alone(path: Path) -> None:
    """Whatever may be printed last above 附注 or 落款 stays with it; the last row of a table does so itself."""
    above: Paragraph | Table | None = None
    for block in docx.Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            above = block
        elif not block.text.startswith("{%p"):
            signs = block.style is not None and block.style.name in {"附注", "落款"}
            assert not signs or above is None or isinstance(above, Table) or _kept(above), block.text
            above = block


def _kept(paragraph: Paragraph) -> bool:
    style = paragraph.style
    return bool(paragraph.paragraph_format.keep_with_next or (style and style.paragraph_format.keep_with_next))


def test_nothing_of_the_library_is_left(parts: dict[str, bytes]) -> None:
    assert not [n for n in parts if "Effects" in n or "thumbnail" in n or n.startswith("customXml")]
    styles = _root(parts, "word/styles.xml")
    known = {e.get(W + "styleId") for e in styles.iter(W + "style")}
    linked = {e.get(W + "val") for tag in ("link", "basedOn", "next") for e in styles.iter(W + tag)}
    assert linked <= known
    assert {e.get(W + "type") for e in _root(parts, "word/document.xml").iter(W + "docGrid")} == {"lines"}
    for owner in ("", "word/document.xml"):
        assert all(r.target in parts for r in relations(parts, owner) if not r.external)
