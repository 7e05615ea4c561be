"""审阅稿: the report with a Word comment at each figure that names its source; the text itself is the report's.

Behind the text stands what was handed in to prove it (佐证), with links to the files.

The seals of tracing (`traced`) become comment ranges: runs are cut where a seal opens or closes.
Word takes comments in the body only; headers and footers stay as in the report.
"""

from __future__ import annotations

import copy
import io
import zipfile
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.core.words import escape
from toolkit.engines.xlsx import TYPES, add_relationship, add_type, parse_xml, write_parts
from toolkit.publishing.document.marks import pieces
from toolkit.publishing.document.words import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.publishing.document.template import Print, Rendered

_BODY, _RELS, _COMMENTS = "word/document.xml", "word/_rels/document.xml.rels", "word/comments.xml"

_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_W = f"{{{_SPACE}}}"

_KEEP = "{http://www.w3.org/XML/1998/namespace}space"

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"

_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"

_LINKED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINK = f"{_LINKED}/hyperlink"
_TITLE, _FILE = "佐证材料（审阅用，不是报告正文）", "文件"
_COLUMNS = (("序号", 6), ("指标或项目", 22), ("材料名称", 18), ("页码", 7), (_FILE, 19), ("问题", 28))  # percent
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="A6A6A6"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)

_BESIDE_RUNS = frozenset(f"{_W}{name}" for name in ("commentRangeStart", "commentRangeEnd", "r"))

_FIGURE = late(r"^-?\d+\.\d{2}%?$|^比上年")
_AUTHOR, _INITIALS = "绩效自评工具", "溯源"


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One material as the copy tells it (佐证的一行); `way` leads from the copy to the file, "" where none does."""

    subject: str
    name: str
    page: str
    file: str
    way: str
    faults: str


@dataclass(frozen=True, slots=True)
class Materials:
    """What is told of the material behind the text (佐证材料): a note, and line by line."""

    note: str
    lines: tuple[MaterialLine, ...] = ()


def _is_figure(printed: Print) -> bool:
    """An amount, a rate or points, as the report prints them; counts, dates and words of staff are not."""
    return _FIGURE.search(printed.text) is not None


def review_document(
    document: Rendered,
    describe: Callable[[Print], str],
    materials: Materials | None = None,
    *,
    everything: bool = False,
) -> bytes:
    """The report with comments, worded by `describe`: at amounts, rates and points, each source once, or at all.

    `materials` come behind the text. Same report, same bytes.
    """
    with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parse_xml(document.template.resolved(document.sealed[_BODY]), _BODY)
    comments = _comments(parts)
    prints = document.prints_of(_BODY)
    prints = prints if everything else _once(prints)
    anchors = _Anchors(prints, describe, comments)
    for run in list(body.iter(f"{_W}r")):
        anchors.cut(run)
    if materials:
        parts[_RELS] = _append(body, materials, parts[_RELS])
    parts |= {_BODY: _bytes(body), _COMMENTS: _bytes(comments)}
    return write_parts(parts.items(), own=True)


def _once(prints: Iterator[Print | None]) -> Iterator[Print | None]:
    """The figures among the prints, each source once: the annexes repeat what the text has said."""
    seen: set[tuple[object, str]] = set()
    for printed in prints:
        key = (printed.mark.place or id(printed.mark), printed.text) if printed and printed.mark else None
        if printed and _is_figure(printed) and key not in seen:
            seen.add(key or (None, printed.text))
            yield printed
        else:
            yield None


def _comments(parts: dict[str, bytes]) -> etree._Element:
    """The comments part; one that the office left in its template is kept."""
    if _COMMENTS in parts:
        return parse_xml(parts[_COMMENTS], _COMMENTS)
    rels, types = parse_xml(parts[_RELS], _RELS), parse_xml(parts[TYPES], TYPES)
    add_relationship(rels, "rIdComments", _REL, "comments.xml")
    add_type(types, _COMMENTS, _TYPE)
    parts |= {_RELS: _bytes(rels), TYPES: _bytes(types)}
    return etree.Element(f"{_W}comments", None, {"w": _SPACE})


class _Anchors:
    """Cuts runs at seals and sets comment ranges, in the order of the document."""

    def __init__(
        self, prints: Iterator[Print | None], describe: Callable[[Print], str], comments: etree._Element
    ) -> None:
        """`prints` go with the seals one by one; None where a seal needs no comment."""
        self._prints, self._describe, self._comments = prints, describe, comments
        used = [int(c.get(f"{_W}id") or 0) for c in comments]
        self._next = max(used, default=-1) + 1
        self._open: str | None = None

    def cut(self, run: etree._Element) -> None:
        """Put runs and anchors in the place of a run that has seals in its text."""
        if not any(_has_seal(text) for text in run.iterfind(f"{_W}t")):
            return
        current: etree._Element | None = None
        for element in self._elements(run):
            if element.tag in _BESIDE_RUNS:
                run.addprevious(element)
                current = None
                continue
            if current is None:
                current = _like(run)
                run.addprevious(current)
            current.append(element)
        parent = run.getparent()
        if parent is not None:
            parent.remove(run)

    def _elements(self, run: etree._Element) -> Iterator[etree._Element]:
        for child in list(run):
            if child.tag == f"{_W}t":
                for kind, value in pieces(child.text or ""):
                    yield from self._piece(kind, value)
            elif child.tag != f"{_W}rPr":
                yield child

    def _piece(self, kind: str, value: str) -> Iterator[etree._Element]:
        if kind == "text":
            yield _text(value)
        elif kind == "open":
            printed = next(self._prints)
            self._open = self._comment(printed) if printed else None
            if self._open is not None:
                yield _anchor("commentRangeStart", self._open)
        elif self._open is not None:
            yield _anchor("commentRangeEnd", self._open)
            yield _reference(self._open)
            self._open = None

    def _comment(self, printed: Print) -> str:
        number, self._next = str(self._next), self._next + 1
        lines = "<w:br/>".join(
            f'<w:t xml:space="preserve">{escape(str(visible(line)))}</w:t>'
            for line in self._describe(printed).split("\n")
        )
        self._comments.append(
            etree.fromstring(
                f'<w:comment xmlns:w="{_SPACE}" w:id="{number}" w:author="{_AUTHOR}" w:initials="{_INITIALS}">'
                f"<w:p><w:r>{lines}</w:r></w:p></w:comment>"
            )
        )
        return number


def _has_seal(text: etree._Element) -> bool:
    return list(pieces(text.text or "")) != [("text", text.text or "")]


def _like(run: etree._Element) -> etree._Element:
    """An empty run with the same looks."""
    made = copy.copy(run)
    del made[:]
    looks = run.find(f"{_W}rPr")
    if looks is not None:
        made.append(copy.deepcopy(looks))
    return made


def _text(value: str) -> etree._Element:
    made = etree.Element(f"{_W}t", {_KEEP: "preserve"})
    made.text = value
    return made


def _anchor(name: str, number: str) -> etree._Element:
    return etree.Element(f"{_W}{name}", {f"{_W}id": number})


def _reference(number: str) -> etree._Element:
    run = etree.Element(f"{_W}r")
    run.append(_anchor("commentReference", number))
    return run


def _append(document: etree._Element, materials: Materials, rels_data: bytes) -> bytes:
    """Put the material on a page of its own before the last section ends; the relationships with its links."""
    rels, rows = parse_xml(rels_data, _RELS), [_row(tuple(head for head, _ in _COLUMNS), "<w:tblHeader/>", bold=True)]
    for number, line in enumerate(materials.lines, 1):
        link = f"rIdMaterial{number}" if line.way else ""
        if link:
            add_relationship(rels, link, _LINK, line.way, outside=True)
        rows.append(_row((str(number), line.subject, line.name, line.page, line.file, line.faults), link=link))
    grid = "".join(f'<w:gridCol w:w="{width * 90}"/>' for _, width in _COLUMNS)
    looks = f'<w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/>'
    table = f"<w:tbl><w:tblPr>{looks}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    title = _paragraph(_run(_TITLE, bold=True, size=32), "<w:pageBreakBefore/>")
    made = [title, _paragraph(_run(materials.note)), *([table] if materials.lines else []), _paragraph("")]
    whole = etree.fromstring(f'<w:body xmlns:w="{_SPACE}" xmlns:r="{_LINKED}">{"".join(made)}</w:body>')
    last = document.find(f"{_W}body/{_W}sectPr")
    for element in list(whole):
        if last is None:
            document[0].append(element)
        else:
            last.addprevious(element)
    return _bytes(rels)


def _row(texts: tuple[str, ...], looks: str = "", *, link: str = "", bold: bool = False) -> str:
    """One row of the list; the name of the file is what the link stands on."""
    cells = []
    for (head, width), text in zip(_COLUMNS, texts, strict=True):
        run = _run(text, bold=bold, link=bool(link) and head == _FILE)
        run = f'<w:hyperlink r:id="{link}">{run}</w:hyperlink>' if link and head == _FILE else run
        cells.append(f'<w:tc><w:tcPr><w:tcW w:w="{width * 50}" w:type="pct"/></w:tcPr>{_paragraph(run)}</w:tc>')
    return f"<w:tr><w:trPr><w:cantSplit/>{looks}</w:trPr>{''.join(cells)}</w:tr>"


def _paragraph(inside: str, looks: str = "") -> str:
    lines = '<w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40" w:line="240" w:lineRule="auto"/>'
    return f'<w:p><w:pPr>{looks}{lines}<w:ind w:firstLineChars="0" w:firstLine="0"/></w:pPr>{inside}</w:p>'


def _run(text: str, *, bold: bool = False, link: bool = False, size: int = 18) -> str:
    """A text as it is, in the letters of the list."""
    blue, line = ('<w:color w:val="0563C1"/>', '<w:u w:val="single"/>') if link else ("", "")
    looks = f'{"<w:b/>" * bold}{blue}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>{line}'
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(str(visible(t)))}</w:t>' for t in text.split("\n"))
    return f"<w:r><w:rPr>{looks}</w:rPr>{lines}</w:r>"


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
