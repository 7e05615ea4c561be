"""A Word template's parts (模板部件), made ready to be filled; what editing may have done is undone or told.

Word Online renames the main part, LibreOffice writes quotation marks as entities, a reviewer leaves tracked
deletions, and a hand types tags in full width. What can be understood is; what cannot is told with its paragraph,
for a report must never be printed with a tag in it, nor without a sentence that stood beside one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from toolkit.core.errors import PackError, UnreadableError
from toolkit.core.patterns import late
from toolkit.core.words import shorten
from toolkit.engines.xlsx import TYPES, inflate, parse_xml, relations, rels_of, xml_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lxml import etree

MAIN_PART = "word/document.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RENDERED = frozenset({"header", "footer", "footnotes", "endnotes"})
_ROOT_RELS = "_rels/.rels"
_TAG = late(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_WHOLE = {"p": "段", "tr": "行"}  # tags that take the place of all that they stand in
_WHOLE_TAG = late(r"\{%-?\s*(p|tr)\s.*?%\}", re.DOTALL)
_LOOKS_LIKE_TAG = late(r"[{｛]\s*[{｛%％][^{}｛｝]{0,60}|[^{}｛｝]{0,60}[}｝%％]\s*[}｝]|[{｛]\s*[^\W\d]\w*\s*[}｝]")


def template_parts(path: Path) -> dict[str, bytes]:
    """The parts of a Word template under their usual names, with revisions accepted.

    Raises:
        PackError: not a Word file, or a tag in it would be printed or would swallow text; tells each with its place.
    """
    try:
        parts = inflate(path.read_bytes())
        main = next((r.target for r in relations(parts, "") if r.kind == "officeDocument"), "")
        if main not in parts or TYPES not in parts:
            raise PackError(f"{path.name} 不是能用的 Word 模板：没有正文。")
        parts = _usual_names(parts, main)
        for name in rendered_parts(parts):
            parts[name] = _accepted(parts[name], name)
        problems = list(_problems(parts))
    except (OSError, UnreadableError) as error:
        raise PackError(f"{path.name} 不是能用的 Word 模板：{error}") from None
    if problems:
        raise PackError(f"{path.name}：{'；'.join(problems)}")
    return parts


def rendered_parts(parts: Mapping[str, bytes]) -> tuple[str, ...]:
    """The parts that are filled: the text, its headers, footers and notes."""
    linked = (r.target for r in relations(parts, MAIN_PART) if r.kind in _RENDERED and r.target in parts)
    return (MAIN_PART, *dict.fromkeys(linked))


def _usual_names(parts: Mapping[str, bytes], main: str) -> dict[str, bytes]:
    """The main part as word/document.xml, wherever a program has put it beside its own folder's parts."""
    if main == MAIN_PART:
        return dict(parts)
    if main.rpartition("/")[0] != "word" or MAIN_PART in parts:
        raise PackError("正文部件的位置不常见，请用 Word 打开，另存为 .docx 后再用")
    renamed = {main: MAIN_PART, rels_of(main): rels_of(MAIN_PART)}
    made = {renamed.get(name, name): data for name, data in parts.items()}
    rels, types = parse_xml(parts[_ROOT_RELS], _ROOT_RELS), parse_xml(parts[TYPES], TYPES)
    for relation in (r for r in rels if (r.get("Type") or "").endswith("/officeDocument")):
        relation.set("Target", MAIN_PART)
    for kind in (t for t in types if (t.get("PartName") or "").casefold() == f"/{main}".casefold()):
        kind.set("PartName", f"/{MAIN_PART}")
    return made | {_ROOT_RELS: xml_bytes(rels), TYPES: xml_bytes(types)}


def _accepted(data: bytes, name: str) -> bytes:
    """A part with its tracked changes accepted; entities of quotation marks become quotation marks by the way."""
    root = parse_xml(data, name)
    if root.prefix != "w":
        raise PackError(f"{name} 的写法不常见，请用 Word 打开，另存为 .docx 后再用")
    for gone in [*root.iter(_W + "del"), *root.iter(_W + "moveFrom"), *root.iter(_W + "smartTagPr")]:
        _drop(gone)
    # A smart tag may begin within one of our tags and end outside it.
    for kept in [*root.iter(_W + "ins"), *root.iter(_W + "moveTo"), *root.iter(_W + "smartTag")]:
        _unwrap(kept)
    return xml_bytes(root)


def _drop(element: etree._Element) -> None:
    above = element.getparent()
    if above is not None:
        above.remove(element)


def _unwrap(element: etree._Element) -> None:
    above = element.getparent()
    if above is None:
        return
    at = above.index(element)
    above[at : at + 1] = list(element)


def _problems(parts: Mapping[str, bytes]) -> Iterator[str]:
    rendered = rendered_parts(parts)
    for name in rendered:
        root = parse_xml(parts[name], name)
        for paragraph in root.iter(_W + "p"):
            text = _text(paragraph)
            yield from _told(text)
            yield from _swallowed("p", text)
        for row in root.iter(_W + "tr"):
            yield from _swallowed("tr", _text(row))
    for name, data in parts.items():
        if name.startswith("word/") and name.endswith(".xml") and name not in rendered and b"{" in data:
            text = "".join(t.text or "" for t in parse_xml(data, name).iter(_W + "t"))
            if _TAG.search(text):
                yield f"{name}（批注、文本块等）里写了标记，那里不会填数，请移到正文或删去"


def _text(element: etree._Element) -> str:
    return "".join(t.text or "" for t in element.iter(_W + "t"))


def _told(text: str) -> Iterator[str]:
    """What looks like a tag and is none."""
    found = _LOOKS_LIKE_TAG.search(_TAG.sub("", text))
    if found:
        yield f"“{shorten(text)}”这一段里的“{shorten(found[0])}”像标记而不是，会原样印出。标记请用半角的 {{{{ 名称 }}}}"


def _swallowed(kind: str, text: str) -> Iterator[str]:
    """Text beside a tag that takes the whole paragraph or row with it."""
    if any(found[1] == kind for found in _WHOLE_TAG.finditer(text)):
        rest = _TAG.sub("", text).strip()
        if rest:
            word = _WHOLE[kind]
            there = f"“{shorten(text)}”这一{word}里除了 {{%{kind} … %}} 还有“{shorten(rest)}”"
            yield f"{there}，会一同消失，请把它移到另一{word}"
