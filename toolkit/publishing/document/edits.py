"""改稿 edits: a report that staff went on writing in Word, held against what the workbook says now.

Paragraphs are matched by their words without figures; a figure is told where its paragraph still stands and says
another one. Staff's own paragraphs are carried into the next rendering, with the figures that changed since.
"""

from __future__ import annotations

import copy
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, TypeGuard

from lxml import etree

from toolkit.audit.prose import ProseFinding, bad, good, is_contents, quote
from toolkit.core.errors import UnreadableError
from toolkit.core.findings import FIGURES_GONE, OTHER_FIGURE, SECTION_GONE, Severity
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.core.words import shorten
from toolkit.engines.xlsx import inflate, parse_xml, write_parts
from toolkit.publishing.document.marks import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from toolkit.audit.prose import Judged, Paragraph
    from toolkit.publishing.document.template import Print, Rendered
    from toolkit.publishing.schemas import EditJson

_BODY = "word/document.xml"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_GONE = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}pPr"})

# What a paragraph from another document must not bring along: numbers of its lists, sections, revisions.
_UNFIT = frozenset(f"{_W}{name}" for name in ("numPr", "sectPr", "rPr", "pPrChange"))

_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n"}

_NUMBER = late(r"\d[\d,]*(?:\.\d+)?%?")

_TOKENS = late(r"\d[\d,]*(?:\.\d+)?%?|[^\d]")

_HEADING = late(
    r"^\s*(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|第[一二三四五六七八九十]+[章节部])"
)

# So much of a paragraph is left when it is still the same one; less where nothing else stands at its place.
_LIKE, _LIKE_ALONE = 0.5, 0.3

_SHORT = 40  # a heading is shorter


@dataclass(frozen=True)
class Line:
    """One paragraph of a report (一段): its text, its element, and the figures printed in it with their places."""

    text: str
    element: etree._Element
    inside: bool
    prints: tuple[tuple[int, int, Print], ...] = ()

    @cached_property
    def key(self) -> str:
        """Its words without figures."""
        return _NUMBER.sub("#", "".join(self.text.split()))

    @property
    def heading(self) -> bool:
        """Whether it is the head of a section: by Word's outline, or by its number."""
        style = self.element.find(f"{_W}pPr/{_W}pStyle")
        named = style is not None and (style.get(f"{_W}val") or "").lower().startswith(("heading", "标题"))
        outlined = self.element.find(f"{_W}pPr/{_W}outlineLvl") is not None
        return len(self.text) < _SHORT and (named or outlined or _HEADING.match(self.text) is not None)


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of one thing that staff changed (一处改稿): 保留, 插入, 删去 or 没有带过来."""

    kind: str
    before: str
    after: str
    note: str = ""

    def to_json(self) -> EditJson:
        """For `run --json`."""
        return {"kind": self.kind, "before": self.before, "after": self.after, "note": self.note}

    @property
    def told(self) -> str:
        """One line for the screen."""
        text = shorten(self.after or self.before, 60)
        return f"{self.kind}：{text}" + (f"（{self.note}）" if self.note else "")


def report_lines(data: bytes) -> tuple[Line, ...]:
    """The paragraphs of a .docx that hold something, revisions as accepted.

    Raises:
        UnreadableError: no Word document, or damaged.
    """
    return tuple(_lines(_root(data)))


def _root(data: bytes) -> etree._Element:
    if not data.startswith(b"PK"):
        raise UnreadableError("这个文件不是 .docx 文档。请用 Word 或 WPS 打开，另存为 .docx 再试。")
    parts = inflate(data)
    if _BODY not in parts:
        raise UnreadableError("这个文件不是 Word 文档（压缩包里没有正文）。")
    return parse_xml(parts[_BODY], _BODY)


def _lines(root: etree._Element) -> Iterator[Line]:
    for element in root.iter(f"{_W}p"):
        text = "" if is_contents(element) else "".join(_texts(element))
        if text.strip():
            yield Line(text, element, _in_table(element))


def _in_table(element: etree._Element) -> bool:
    return next(element.iterancestors(f"{_W}tbl"), None) is not None


def _texts(element: etree._Element) -> Iterator[str]:
    """What a person reads in a paragraph; a text box in it has paragraphs of its own."""
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[str(child.tag)]
        elif child.tag not in _GONE and child.tag != f"{_W}p":
            yield from _texts(child)


def rendered_lines(document: Rendered) -> tuple[Line, ...]:
    """The paragraphs of a fresh report with the figures printed in them."""
    root, prints = parse_xml(document.template.resolved(document.sealed[_BODY]), _BODY), document.prints_of(_BODY)
    found = []
    for element in root.iter(f"{_W}p"):
        text, inside = "", list[tuple[int, int, "Print"]]()
        opened: tuple[int, Print | None] = (0, None)
        for kind, value in pieces("".join(_texts(element))):
            if kind == "text":
                text += value
            elif kind == "open":
                opened = (len(text), next(prints))
            elif opened[1]:
                inside.append((opened[0], len(text), opened[1]))
        if text.strip():
            found.append(Line(text, element, _in_table(element), tuple(inside)))
    return tuple(found)


def aligned(old: Sequence[Line], new: Sequence[Line]) -> list[tuple[int | None, int | None]]:
    """Which paragraph became which; None for one that went or came."""
    keys = [line.key for line in old], [line.key for line in new]
    pairs: list[tuple[int | None, int | None]] = []
    for tag, a, b, c, d in _matcher(*keys).get_opcodes():
        if tag == "equal":
            pairs += zip(range(a, b), range(c, d), strict=True)
        else:
            pairs += _alike(keys, range(a, b), range(c, d))
    return pairs


def _matcher(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, old, new, autojunk=False)


def _alike(keys: tuple[list[str], list[str]], old: range, new: range) -> list[tuple[int | None, int | None]]:
    """Within a changed stretch: in order, each with the first that is enough like it."""
    pairs: list[tuple[int | None, int | None]] = []
    start, enough = new.start, _LIKE_ALONE if len(old) == len(new) == 1 else _LIKE
    for index in old:
        words = _matcher("", keys[0][index])
        for other in range(start, new.stop):
            words.set_seq1(keys[1][other])
            if words.quick_ratio() >= enough and words.ratio() >= enough:
                pairs += [(None, skipped) for skipped in range(start, other)]
                pairs.append((index, other))
                start = other + 1
                break
        else:
            pairs.append((index, None))
    return pairs + [(None, rest) for rest in range(start, new.stop)]


def against(
    document: Rendered, edited: bytes, paragraphs: Sequence[Paragraph], describe: Callable[[Print], str]
) -> tuple[Judged, ...]:
    """Which figures of a report agree with what the workbook says now and which do not, and what went from it.

    `paragraphs` are the same report as 文字核对 counts them.
    """
    fresh, mine = rendered_lines(document), report_lines(edited)
    numbers = _numbers_of(mine, paragraphs)
    judged: list[Judged] = []
    for index, other in aligned(fresh, mine):
        if index is None:
            continue
        line = fresh[index]
        if other is not None:
            judged += _other_figures(line, mine[other], numbers[other], describe)
        elif line.heading and not line.inside:
            judged.append(
                _went(SECTION_GONE, Severity.WARNING, f"少了一节“{line.text.strip()}”", "请补上，或确认不需要。")
            )
        elif line.prints:
            judged.append(
                _went(
                    FIGURES_GONE, Severity.NOTICE, f"有数字的一段没有了：“{shorten(line.text)}”", "请确认是有意删去的。"
                )
            )
    return tuple(judged)


def _numbers_of(lines: Sequence[Line], paragraphs: Sequence[Paragraph]) -> list[int]:
    """The number of the paragraph that each line stands in; 0 where it is none's."""
    found, at = list[int](), 0
    flat = ["".join(p.text.split()) for p in paragraphs]
    for line in lines:
        text = "".join(line.text.split())
        there = next((i for i in range(at, len(flat)) if text in flat[i]), None)
        at = at if there is None else there
        found.append(0 if there is None else paragraphs[there].number)
    return found


def _went(rule: str, severity: Severity, fact: str, action: str) -> Judged:
    return bad(ProseFinding(rule, severity, 0, "", fact, action))


def _other_figures(line: Line, mine: Line, number: int, describe: Callable[[Print], str]) -> Iterator[Judged]:
    """The figures of one paragraph, and those that staff's paragraph has otherwise."""
    became = _numbers_became(line.text, mine.text)
    for start, end, printed in line.prints:
        for place, other in became.items():
            if not start <= place < end or other is None:
                continue
            now = _number_at(line.text, place)
            if _plain(other) == _plain(now):
                yield good(OTHER_FIGURE)
                continue
            source = "，".join(describe(printed).splitlines()[:2])
            fact = f"报告写 {other}，填报表现在是 {now}（{source}）"
            yield bad(
                ProseFinding(OTHER_FIGURE, Severity.ERROR, number, quote(mine.text), fact, "请改报告，或核对填报表。")
            )


def _numbers_became(old: str, new: str) -> dict[int, str | None]:
    """The place of every number of a text → what stands there in another text, None where nothing does."""
    tokens = [list(_TOKENS.finditer(text)) for text in (old, new)]
    words = [m[0] for m in tokens[0]], [m[0] for m in tokens[1]]
    found: dict[int, str | None] = {}
    for tag, a, b, c, d in _matcher(*words).get_opcodes():
        numbers = [m for m in tokens[0][a:b] if m[0][0].isdigit()]
        others = [m[0] for m in tokens[1][c:d] if m[0][0].isdigit()]
        same = tag == "equal" or len(numbers) == len(others)
        for index, number in enumerate(numbers):
            found[number.start()] = others[index] if same else None
    return found


def _number_at(text: str, place: int) -> str:
    match = _NUMBER.match(text, place)
    return match[0] if match else ""


def _plain(number: str) -> str:
    return number.replace(",", "")


@dataclass(frozen=True, slots=True)
class Merged:
    """The next rendering with staff's paragraphs in it (合稿), and what became of each change."""

    data: bytes
    edits: tuple[Edit, ...]


def body_and_tables(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Paragraphs of the text, and those in tables."""
    return [line for line in lines if not line.inside], [line for line in lines if line.inside]


def texts_of(data: bytes) -> list[list[str]]:
    """What a later run needs to know of a report to see what staff changed: its texts, and those of its tables."""
    return [[line.text for line in lines] for lines in body_and_tables(report_lines(data))]


def with_edits(fresh: bytes, edited: bytes, before: object) -> Merged:
    """Carry what staff changed since `before` (`texts_of` the report that we had written) into a fresh report.

    Without it every difference in words counts as theirs.
    """
    parts = inflate(fresh)
    root = parse_xml(parts[_BODY], _BODY)
    now, tables = body_and_tables(tuple(_lines(root)))
    mine, own_tables = body_and_tables(report_lines(edited))
    nothing = etree.Element(f"{_W}p")
    body, cells = before if _are_texts(before) else ([], [line.text for line in tables])
    base = [Line(text, nothing, inside=False) for text in body] or now
    merge = _Merge(base, mine, now)
    edits = [*merge.run(), *_in_tables(cells, own_tables)]
    parts[_BODY] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return Merged(write_parts(parts.items()), tuple(edits))


def _are_texts(before: object) -> TypeGuard[list[list[str]]]:
    if not isinstance(before, list) or len(before) != 2:  # noqa: PLR2004 - the text and the tables
        return False
    return all(isinstance(texts, list) and all(isinstance(t, str) for t in texts) for texts in before)


def _in_tables(known: Sequence[str], mine: Sequence[Line]) -> Iterator[Edit]:
    """Tables show what the workbook holds: a change in them belongs there."""
    left = list(known)
    for line in mine:
        if line.text in left:
            left.remove(line.text)
        else:
            yield Edit("没有带过来", "", line.text, "表格里的内容由填报表来，请改在填报表里")


class _Merge:
    """Carries edits from staff's paragraphs into the fresh ones."""

    def __init__(self, base: Sequence[Line], mine: Sequence[Line], fresh: Sequence[Line]) -> None:
        self._base, self._mine, self._fresh = base, mine, fresh
        self._now = {old: new for old, new in aligned(base, fresh) if old is not None and new is not None}
        self._place: etree._Element | None = None  # behind it goes what staff have put in

    def run(self) -> Iterator[Edit]:
        """Do it, in the order of staff's report; each change told once."""
        for old, own in aligned(self._base, self._mine):
            if own is None:
                yield from self._gone(old)
            elif old is None:
                yield self._put_in(self._mine[own])
            else:
                yield from self._same(old, self._mine[own])

    def _gone(self, old: int | None) -> Iterator[Edit]:
        place = self._now.get(old) if old is not None else None
        if place is None:
            return  # it is in neither
        line = self._fresh[place]
        parent = line.element.getparent()
        if parent is not None and line.element.find(f"{_W}pPr/{_W}sectPr") is None:
            parent.remove(line.element)
            yield Edit("删去", line.text, "", "您删去的，新稿也没有")

    def _put_in(self, line: Line) -> Edit:
        made = copy.deepcopy(line.element)
        for looks in made.findall(f"{_W}pPr"):
            for unfit in [c for c in looks if c.tag in _UNFIT]:
                looks.remove(unfit)
        _fill(made, line, line.text)
        if self._place is None:
            self._fresh[0].element.addprevious(made)
        else:
            self._place.addnext(made)
        self._place = made
        return Edit("插入", "", line.text, "里面的数请自己核对" if _NUMBER.search(line.text) else "")

    def _same(self, old: int, line: Line) -> Iterator[Edit]:
        place = self._now.get(old)
        before = self._base[old]
        if place is None:
            if line.text != before.text:
                yield Edit("没有带过来", before.text, line.text, "新稿里没有这一段了，请自己决定放在哪里")
            return
        fresh = self._fresh[place]
        self._place = fresh.element
        if line.text in {before.text, fresh.text}:
            return
        text, notes = _updated(before.text, line.text, fresh.text)
        _fill(fresh.element, line, text)
        yield Edit("保留", before.text, text, "；".join(notes))


def _updated(before: str, mine: str, now: str) -> tuple[str, list[str]]:
    """Staff's words with the figures that changed since; where they changed a figure themselves, theirs stays."""
    changed = {
        place: other
        for place, other in _numbers_became(before, now).items()
        if other is not None and other != _number_at(before, place)
    }
    back = _places_in(before, mine)
    text, notes, moved = mine, list[str](), 0
    for place, other in sorted(changed.items()):
        was, there = _number_at(before, place), back.get(place)
        if there is None or _number_at(mine, there) != was:
            notes.append(f"{was} 现在是 {other}，您的文字里没有跟着改")
            continue
        start = there + moved
        text = text[:start] + other + text[start + len(was) :]
        moved += len(other) - len(was)
        notes.append(f"{was} 改成了 {other}")
    own = [(_number_at(before, p), o) for p, o in _numbers_became(before, mine).items() if o is not None]
    notes += [f"您把 {was} 改成了 {other}，请核对填报表" for was, other in own if was != other]
    return text, notes


def _places_in(old: str, new: str) -> dict[int, int]:
    """The place of every number of a text → its place in another text, where the number still stands."""
    tokens = [list(_TOKENS.finditer(text)) for text in (old, new)]
    matcher = _matcher([m[0] for m in tokens[0]], [m[0] for m in tokens[1]])
    return {
        tokens[0][a + i].start(): tokens[1][b + i].start()
        for a, b, size in matcher.get_matching_blocks()
        for i in range(size)
        if tokens[0][a + i][0][0].isdigit()
    }


def _fill(element: etree._Element, line: Line, text: str) -> None:
    """Put a text into a paragraph with the looks of staff's runs; of several, each keeps its share of the text."""
    for child in [c for c in element if c.tag != f"{_W}pPr"]:
        element.remove(child)
    runs = [(run, "".join(_texts(run))) for run in line.element.iter(f"{_W}r") if "".join(_texts(run))]
    shares = _shares([share for _, share in runs], text)
    for (run, _), share in zip(runs, shares, strict=True):
        element.append(_run(run, share))


def _shares(texts: Sequence[str], whole: str) -> list[str]:
    """A changed text divided as it was before: what lies between two runs goes with the first."""
    old = "".join(texts)
    if old == whole or len(texts) < 2:  # noqa: PLR2004 - one run takes all
        return list(texts) if old == whole else [whole] * len(texts)
    ends, cuts = list[int](), list[int]()
    for text in texts:
        ends.append((ends[-1] if ends else 0) + len(text))
    blocks = _matcher(old, whole).get_opcodes()
    for end in ends[:-1]:
        place = next((d - (b - end) if tag == "equal" else d for tag, a, b, c, d in blocks if a < end <= b), len(whole))
        cuts.append(place)
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def _run(run: etree._Element, text: str) -> etree._Element:
    made = etree.Element(f"{_W}r")
    looks = run.find(f"{_W}rPr")
    if looks is not None:
        made.append(copy.deepcopy(looks))
    for index, part in enumerate(text.split("\n")):
        if index:
            etree.SubElement(made, f"{_W}br")
        for place, piece in enumerate(part.split("\t")):
            if place:
                etree.SubElement(made, f"{_W}tab")
            written = etree.SubElement(made, f"{_W}t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
            written.text = piece
    return made
