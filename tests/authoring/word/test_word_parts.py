"""The Word template as a Chinese Word of today would have saved it (模板部件): nothing of the library's own is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from toolkit.engines.xlsx.package import parse_xml, relations
from toolkit.engines.xlsx.zip import inflate
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import DOCUMENT_NAME

if TYPE_CHECKING:
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


def test_nothing_of_the_library_is_left(parts: dict[str, bytes]) -> None:
    assert not [n for n in parts if "Effects" in n or "thumbnail" in n or n.startswith("customXml")]
    styles = _root(parts, "word/styles.xml")
    known = {e.get(W + "styleId") for e in styles.iter(W + "style")}
    linked = {e.get(W + "val") for tag in ("link", "basedOn", "next") for e in styles.iter(W + tag)}
    assert linked <= known
    assert {e.get(W + "type") for e in _root(parts, "word/document.xml").iter(W + "docGrid")} == {"lines"}
    for owner in ("", "word/document.xml"):
        assert all(r.target in parts for r in relations(parts, owner) if not r.external)
