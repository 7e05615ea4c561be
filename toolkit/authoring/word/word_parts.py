"""What the Word library leaves in a document (库的残留), put right when a template is built.

python-docx starts from an American template of Word 2010 on a Mac: Word then opens the report in 兼容模式, takes the
East Asian text for Japanese and sets punctuation by other rules, and carries a thumbnail and parts that nobody reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.patterns import late
from toolkit.engines.xlsx import TYPES, inflate, parse_xml, relations, rels_of, write_parts, xml_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Parts = dict[str, bytes]

_MAIN, _SETTINGS, _STYLES = "word/document.xml", "word/settings.xml", "word/styles.xml"
_FONTS, _NUMBERS, _APP = "word/fontTable.xml", "word/numbering.xml", "docProps/app.xml"
_W_URI = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_W_URI}}}"
_VAL = _W + "val"
_LEFTOVERS = late(r"word/stylesWithEffects\.xml|docProps/thumbnail\..*|customXml/.*")
# Of the library's settings: what tells of other documents, and pictures of the first page.
_FOREIGN = frozenset({"proofState", "savePreviewPicture", "rsids", "doNotAutoCompressPictures", "shapeDefaults"})
# How Chinese Word lays out text: 2-byte and 1-byte spaces balanced, no stretched line in front of a line break.
_CHINESE_LAYOUT = (
    *("spaceForUL", "balanceSingleByteDoubleByteWidth", "doNotLeaveBackslashAlone", "ulTrailSpace"),
    *("doNotExpandShiftReturn", "adjustLineHeightInTable", "useFELayout"),
)
_CHINESE = late(r"[\u4e00-\u9fff]")
_PITCH = 579  # 28.95 points in twentieths: 22 lines on a page
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_LINKS = ("link", "basedOn", "next", "numStyleLink", "styleLink")


def clean_document(data: bytes) -> bytes:
    """A document of the library's as a Chinese Word of today would have saved it."""
    parts: Parts = inflate(data)
    _without_leftovers(parts)
    _edit(parts, _SETTINGS, _settings)
    _edit(parts, _STYLES, _styles)
    _edit(parts, _MAIN, _grid)
    _without_dead_numbers(parts)
    parts[_FONTS] = _font_table(parts)
    parts[_APP] = (
        f'<Properties xmlns="{_OFFICE}"><Application>Microsoft Office Word</Application></Properties>'.encode()
    )
    return write_parts(parts.items())


def _edit(parts: Parts, name: str, change: Callable[[etree._Element], None]) -> None:
    root = parse_xml(parts[name], name)
    change(root)
    parts[name] = xml_bytes(root)


def _without_leftovers(parts: Parts) -> None:
    for name in [n for n in parts if _LEFTOVERS.fullmatch(n)]:
        _drop_part(parts, name)
    _edit(parts, TYPES, lambda root: _drop(root, lambda e: e.get("Extension") == "jpeg"))


def _drop_part(parts: Parts, name: str) -> None:
    """Take a part out, and what refers to it."""
    del parts[name]
    _edit(parts, TYPES, lambda root: _drop(root, lambda e: e.get("PartName") == f"/{name}"))
    for owner in ("", _MAIN):
        ids = {r.id for r in relations(parts, owner) if r.target == name and not r.external}
        _edit(parts, rels_of(owner), lambda root, ids=ids: _drop(root, lambda e: e.get("Id") in ids))  # type: ignore[misc]


def _drop(root: etree._Element, which: Callable[[etree._Element], bool]) -> None:
    for element in [e for e in root if which(e)]:
        root.remove(element)


def _settings(root: etree._Element) -> None:
    _drop(root, lambda e: etree.QName(e).localname in _FOREIGN or etree.QName(e).namespace != _W_URI)
    for zoom in root.iter(_W + "zoom"):
        zoom.attrib.clear()
        zoom.set(_W + "percent", "100")
    for spacing in root.iter(_W + "characterSpacingControl"):
        spacing.set(_VAL, "compressPunctuation")
    for language in root.iter(_W + "themeFontLang"):
        language.set(_W + "eastAsia", "zh-CN")
    for compat in root.iter(_W + "compat"):
        _drop(compat, lambda e: e.tag != _W + "compatSetting")
        for place, name in enumerate(_CHINESE_LAYOUT):
            compat.insert(place, etree.Element(_W + name))
    for setting in root.iter(_W + "compatSetting"):
        if setting.get(_W + "name") == "compatibilityMode":
            setting.set(_VAL, "15")


def _styles(root: etree._Element) -> None:
    for fonts in root.iterfind(f"{_W}docDefaults//{_W}rFonts"):
        fonts.attrib.clear()
        for script, name in (("ascii", "Times New Roman"), ("hAnsi", "Times New Roman"), ("eastAsia", "仿宋_GB2312")):
            fonts.set(_W + script, name)
    for language in root.iter(_W + "lang"):
        language.set(_W + "eastAsia", "zh-CN")
    known = {style.get(_W + "styleId") for style in root.iter(_W + "style")}
    for style in root.iter(_W + "style"):
        _drop(style, lambda e: etree.QName(e).localname in _LINKS and e.get(_VAL) not in known)


def _grid(root: etree._Element) -> None:
    """A grid of lines without a type is none; Word of Chinese offices counts 22 lines a page by it."""
    for grid in root.iter(_W + "docGrid"):
        grid.set(_W + "type", "lines")
        grid.set(_W + "linePitch", str(_PITCH))


def _without_dead_numbers(parts: Parts) -> None:
    """The library's own lists go; the lists that paragraphs and styles count by stay."""
    if _NUMBERS not in parts:
        return
    texts = [
        parse_xml(data, name) for name, data in parts.items() if name.startswith("word/") and name.endswith(".xml")
    ]
    used = {e.get(_VAL) for root in texts for e in root.iter(_W + "numId")}
    root = parse_xml(parts[_NUMBERS], _NUMBERS)
    _drop(root, lambda e: e.tag == _W + "num" and e.get(_W + "numId") not in used)
    kept = {e.get(_VAL) for e in root.iterfind(f"{_W}num/{_W}abstractNumId")}
    _drop(root, lambda e: e.tag == _W + "abstractNum" and e.get(_W + "abstractNumId") not in kept)
    if len(root):
        parts[_NUMBERS] = xml_bytes(root)
    else:
        _drop_part(parts, _NUMBERS)


def _font_table(parts: Parts) -> bytes:
    """The fonts that the document names; Word replaces a missing Chinese one by its character set."""
    names = sorted(set(_font_names(parts)))
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts xmlns:w="{_W_URI}">'
        f"{''.join(map(_font, names))}</w:fonts>"
    ).encode()


def _font_names(parts: Parts) -> Iterator[str]:
    for name, data in parts.items():
        if name.startswith("word/") and name.endswith(".xml") and name != _FONTS:
            for fonts in parse_xml(data, name).iter(_W + "rFonts"):
                scripts: Iterable[str] = ("ascii", "hAnsi", "eastAsia", "cs")
                yield from (str(found) for script in scripts if (found := fonts.get(_W + script)))


def _font(name: str) -> str:
    chinese = bool(_CHINESE.search(name))
    charset, family, pitch = ("86", "modern", "fixed") if chinese else ("00", "roman", "variable")
    return (
        f'<w:font w:name="{name}"><w:charset w:val="{charset}"/><w:family w:val="{family}"/>'
        f'<w:pitch w:val="{pitch}"/></w:font>'
    )
