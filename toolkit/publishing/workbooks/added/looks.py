"""Looks of the sheets that are added (清单样式): put into the styles that the workbook has already."""

from __future__ import annotations

from lxml import etree

from toolkit.core.light import dataclass
from toolkit.engines.xlsx import MAIN, PREFIXES, STYLE_ORDER, insert_in_order, parse_xml

_HEAD, _GROUP, _LINE = "FFDCE6F1", "FFF2F2F2", "FF8C8C8C"

_TEXT, _TITLE = ("宋体", "10"), ("黑体", "16")


NO_STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class SheetLooks:
    """Indexes of cell formats: what a line of an added sheet wears."""

    title: int
    note: int
    head: int
    group: int
    body: int
    centre: int
    answer: int


def add_looks(styles: etree._Element, answer: str) -> SheetLooks:
    """Add our cell formats; `answer` is the colour of the cell that staff may fill in."""
    fonts, fills, borders, formats = (styles.find(MAIN + name) for name in ("fonts", "fills", "borders", "cellXfs"))
    if fonts is None or fills is None or borders is None or formats is None:
        raise ValueError("styles without fonts, fills, borders or formats of cells")
    text = _added(fonts, _font(*_TEXT))
    bold = _added(fonts, _font(*_TEXT, bold=True))
    large = _added(fonts, _font(*_TITLE, bold=True))
    lined = _added(borders, _lined())
    head, group, mine = (_added(fills, solid(colour)) for colour in (_HEAD, _GROUP, answer))
    return SheetLooks(
        title=_format(formats, large, 0, 0, "center"),
        note=_format(formats, text, 0, 0, "left"),
        head=_format(formats, bold, head, lined, "center"),
        group=_format(formats, bold, group, lined, "left"),
        body=_format(formats, text, 0, lined, "left"),
        centre=_format(formats, text, 0, lined, "center"),
        answer=_format(formats, bold, mine, lined, "center"),
    )


def complete(styles: etree._Element) -> None:
    """What every workbook of Excel has and a poor one may lack, put in at its place in the schema's order."""
    for element in parse_xml(NO_STYLES, "xl/styles.xml"):
        found = styles.find(str(element.tag))
        if found is None:
            insert_in_order(styles, element, STYLE_ORDER)
        elif not len(found):
            found.extend(list(element))


def differential(styles: etree._Element, colour: str) -> int:
    """Index of the format that a mark of this colour gives to cells, added where it is not there yet."""
    dxfs = styles.find(MAIN + "dxfs")
    if dxfs is None:
        dxfs = etree.Element(MAIN + "dxfs", {"count": "0"}, PREFIXES)
        after = max(i for i, e in enumerate(styles) if e.tag in {MAIN + "cellXfs", MAIN + "cellStyles"})
        styles.insert(after + 1, dxfs)
    for index, dxf in enumerate(dxfs):
        found = dxf.find(f"{MAIN}fill/{MAIN}patternFill/{MAIN}bgColor")
        if found is not None and found.get("rgb") == colour and len(dxf) == 1:
            return index
    dxf = etree.Element(MAIN + "dxf", None, PREFIXES)
    dxf.append(solid(colour))
    return _added(dxfs, dxf)


def solid(colour: str) -> etree._Element:
    """A plain background."""
    fill = etree.Element(MAIN + "fill", None, PREFIXES)
    pattern = etree.SubElement(fill, MAIN + "patternFill", {"patternType": "solid"})
    etree.SubElement(pattern, MAIN + "fgColor", {"rgb": colour})
    etree.SubElement(pattern, MAIN + "bgColor", {"rgb": colour})
    return fill


def _font(name: str, size: str, *, bold: bool = False) -> etree._Element:
    made = etree.Element(MAIN + "font", None, PREFIXES)
    if bold:
        etree.SubElement(made, MAIN + "b")
    etree.SubElement(made, MAIN + "sz", {"val": size})
    etree.SubElement(made, MAIN + "name", {"val": name})
    return made


def _lined() -> etree._Element:
    border = etree.Element(MAIN + "border", None, PREFIXES)
    for side in ("left", "right", "top", "bottom"):
        line = etree.SubElement(border, MAIN + side, {"style": "thin"})
        etree.SubElement(line, MAIN + "color", {"rgb": _LINE})
    etree.SubElement(border, MAIN + "diagonal")
    return border


def _format(formats: etree._Element, font: int, fill: int, border: int, side: str) -> int:
    use = dict.fromkeys(("applyFont", "applyFill", "applyBorder", "applyAlignment"), "1")
    parts = {"numFmtId": "0", "fontId": str(font), "fillId": str(fill), "borderId": str(border), "xfId": "0"}
    style = etree.Element(MAIN + "xf", parts | use, PREFIXES)
    etree.SubElement(style, MAIN + "alignment", {"horizontal": side, "vertical": "center", "wrapText": "1"})
    return _added(formats, style)


def _added(parent: etree._Element, child: etree._Element) -> int:
    parent.append(child)
    parent.set("count", str(len(parent)))
    return len(parent) - 1
