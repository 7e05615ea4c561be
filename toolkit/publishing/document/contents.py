"""目录 contents: a list of a report's headings as Word makes one, where a run is asked for it.

It is a field that Word, WPS and LibreOffice bring up to date. Until then its lines show the headings as they stand
in the report; the number of each page is a field of its own, which every program works out for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from toolkit.audit.prose import Numbering
from toolkit.core.errors import UnreadableError
from toolkit.core.words import escape
from toolkit.engines.xlsx import inflate, parse_xml, write_parts, xml_bytes
from toolkit.publishing.document.parts import MAIN_PART

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STYLES = "word/styles.xml"

_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_W = f"{{{_SPACE}}}"

_LEVELS = {"0": 1, "1": 2}  # 一、 and （一）, by their places in the outline

_STEP, _PITCH = 320, 520  # twentieths of a point: the second level stands one character in; all lines on one page

_CODE = r'TOC \o "1-2" \h \z \u'


class _Heading(NamedTuple):
    """A heading (标题): its paragraph, what it says with its number, and its level."""

    element: etree._Element
    text: str
    level: int


def with_contents(data: bytes, *, own: bool = True) -> bytes:
    """A report with its contents on a page behind the cover, or where its template says; without headings as it is.

    `own` is False for a report that staff have written in.
    """
    parts = inflate(data)
    root, styles = parse_xml(parts[MAIN_PART], MAIN_PART), parse_xml(parts[_STYLES], _STYLES)
    headings = list(_headings(root, parts, _outline(styles)))
    field = next((c for c in root.iter(f"{_W}instrText") if (c.text or "").split()[:1] == ["TOC"]), None)
    if not headings or (field is not None and not _in_one_paragraph(field)):
        return data  # a list that has lines already is brought up to date by the program that made it
    section = root.find(f"{_W}body/{_W}p/{_W}pPr/{_W}sectPr")
    inside = field if field is not None else section
    place = root[0][0] if inside is None else next(inside.iterancestors(f"{_W}p"))
    page = "" if section is None else "<w:pageBreakBefore/>"
    title = f'<w:p><w:pPr><w:pStyle w:val="TOCHeading"/>{page}</w:pPr><w:r><w:t>目录</w:t></w:r></w:p>'
    for line in [*([] if field is not None else [_made(title)]), *_lines(root, headings)]:
        place.addprevious(line)
    if field is not None:
        root[0].remove(place)
    styles.extend(_styles(styles, root))
    return write_parts((parts | {MAIN_PART: xml_bytes(root), _STYLES: xml_bytes(styles)}).items(), own=own)


def for_printer(data: bytes) -> bytes:
    """A report for a program that lays it out once and prints it: the numbers of the pages are those of this print.

    Within the field of a list LibreOffice shows the numbers that were saved, or none; without it, it works them out.
    """
    try:
        parts = inflate(data)
        root = parse_xml(parts[MAIN_PART], MAIN_PART)
    except (UnreadableError, KeyError):
        return data  # who prints it tells that it is no document
    around = [run for code, runs in _fields(root) if code.split()[:1] == ["TOC"] for run in runs]
    if not around:
        return data
    for run in around:
        next(run.iterancestors()).remove(run)
    return write_parts((parts | {MAIN_PART: xml_bytes(root)}).items())


def _fields(root: etree._Element) -> Iterator[tuple[str, list[etree._Element]]]:
    """The code of every field that has an end, and the runs around its result."""
    opened: list[tuple[list[str], list[etree._Element]]] = []
    for run in root.iter(f"{_W}r"):
        kinds = {mark.get(f"{_W}fldCharType") for mark in run.iterfind(f"{_W}fldChar")}
        if "begin" in kinds:
            opened.append(([], []))
        codes = [code.text or "" for code in run.iterfind(f"{_W}instrText")]
        if opened and (kinds or codes):
            opened[-1][0].extend(codes)
            opened[-1][1].append(run)
        if opened and "end" in kinds:
            code, runs = opened.pop()
            yield "".join(code), runs


def _in_one_paragraph(field: etree._Element) -> bool:
    kinds = [c.get(f"{_W}fldCharType") for c in next(field.iterancestors(f"{_W}p")).iter(f"{_W}fldChar")]
    return kinds.count("begin") == kinds.count("end")


def _outline(styles: etree._Element) -> dict[str | None, str]:
    """Style → its place in the outline."""
    found = ((s.get(f"{_W}styleId"), s.find(f"{_W}pPr/{_W}outlineLvl")) for s in styles.iter(f"{_W}style"))
    return {name: level.get(f"{_W}val", "") for name, level in found if level is not None}


def _headings(
    root: etree._Element, parts: Mapping[str, bytes], outline: Mapping[str | None, str]
) -> Iterator[_Heading]:
    numbering = Numbering(parts)
    for element in root.iter(f"{_W}p"):
        number, style = numbering.of(element), element.find(f"{_W}pPr/{_W}pStyle")
        level = _LEVELS.get(outline.get(None if style is None else style.get(f"{_W}val"), ""))
        text = "".join(t.text or "" for t in element.iter(f"{_W}t")).strip()
        if level and text:
            yield _Heading(element, number + text, level)


def _lines(root: etree._Element, headings: Sequence[_Heading]) -> Iterator[etree._Element]:
    """The lines of the contents; each heading gets the bookmark that its line points to."""
    used = (mark.get(f"{_W}id", "") for mark in root.iter(f"{_W}bookmarkStart"))
    first = max((int(n) for n in used if n.isdigit()), default=0) + 1
    for place, heading in enumerate(headings):
        name, number = f"_Toc{place + 1:08}", {f"{_W}id": str(first + place)}
        start = etree.Element(f"{_W}bookmarkStart", number | {f"{_W}name": name})
        heading.element.insert(0 if heading.element.find(f"{_W}pPr") is None else 1, start)
        etree.SubElement(heading.element, f"{_W}bookmarkEnd", number)
        page = _opened(rf"PAGEREF {name} \h") + _END
        yield _made(
            f'<w:p><w:pPr><w:pStyle w:val="TOC{heading.level}"/></w:pPr>{"" if place else _opened(_CODE)}'
            f'<w:hyperlink w:anchor="{name}" w:history="1"><w:r><w:t>{escape(heading.text)}</w:t></w:r>'
            f"<w:r><w:tab/></w:r>{page}</w:hyperlink>{'' if place + 1 < len(headings) else _END}</w:p>"
        )


_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def _opened(code: str) -> str:
    """The beginning of a field whose result is to be worked out when the report is opened."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText xml:space="preserve"> '
        f'{escape(code)} </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


def _styled(styles: etree._Element, name: str) -> str | None:
    """The style that Word knows under a name, whatever an office's Word calls it by."""
    named = ((s, n.get(f"{_W}val", "").lower()) for s in styles for n in s.iterfind(f"{_W}name"))
    return next((style.get(f"{_W}styleId") for style, own in named if own == name), None)


def _styles(styles: etree._Element, root: etree._Element) -> Iterator[etree._Element]:
    """The styles of such lines, which a template without contents need not have."""
    size, edges = root.find(f".//{_W}pgSz"), root.find(f".//{_W}pgMar")
    if size is None or edges is None:
        return
    width = int(size.get(f"{_W}w", "0")) - sum(int(edges.get(f"{_W}{side}", "0")) for side in ("left", "right"))
    made = {f"TOC{level}": (f"toc {level}", "normal", _indented(level, width)) for level in _LEVELS.values()}
    for name, (told, base, looks) in (made | {"TOCHeading": ("TOC Heading", "title", "")}).items():
        if _styled(styles, told.lower()) is None:
            yield _made(
                f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{told}"/>'
                f'<w:basedOn w:val="{_styled(styles, base)}"/><w:uiPriority w:val="39"/>{looks}</w:style>'
            )


def _indented(level: int, width: int) -> str:
    """What the lines of a level look like: dots up to the page's number at the right edge."""
    return (
        f'<w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs>'
        f'<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="{_PITCH}" w:lineRule="exact"/>'
        f'<w:ind w:left="{(level - 1) * _STEP}"/></w:pPr><w:rPr><w:sz w:val="32"/></w:rPr>'
    )


def _made(text: str) -> etree._Element:
    return etree.fromstring(text.replace(">", f' xmlns:w="{_SPACE}">', 1))
