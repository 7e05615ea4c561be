"""自评报告 report document: a Word template compiled once (`core/kept.py`), rendered per unit.

docxtpl mends the tags that Word has split over runs; a sandboxed Jinja renders them with escaping on
and unknown names refused. Staff's text is data: it is never rendered a second time.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import astuple
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from toolkit.core.errors import PackError
from toolkit.core.kept import TEMPLATES, kept
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.core.words import in_chinese, suggested
from toolkit.engines.xlsx import BEST, Packed, joined, packed
from toolkit.pack import SENTENCES_NAME, file_digest
from toolkit.publishing.document.marks import (
    NUMBERING,
    UNMARKED,
    carrying,
    combining,
    printed,
    sealed_texts,
    shown,
    traced,
    unsealed,
    without_own_signs,
)
from toolkit.publishing.document.words import FILTERS, FUNCTIONS, visible, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

    from toolkit.pack import Pack
    from toolkit.publishing.document.marks import Mark

_BETWEEN_TAGS = late(r">\s*\n\s*<")

_END, _BREAKS, _OTHER_BREAKS = "</w:p>", "\n\t\a\f", frozenset("\t\a\f")

_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'

# A cell that goes on from the row above where {%并 condition %} holds. As with docxtpl's own tags a pattern, because
# with tags between its elements a part is no XML yet; cells of the report's tables hold no tables.
_CELL = late(r"<w:tc>(?:(?!</w:tc>).)*?<w:vAlign(?:(?!</w:tc>).)*?\{%\s*并\s(?:(?!</w:tc>).)*</w:tc>", re.DOTALL)

_JOINED = late(r"\{%\s*并\s+(.*?)\s*%\}", re.DOTALL)

_TEXT = late(r"(<w:t(?:\s[^>]*)?>)(.*?)(</w:t>)", re.DOTALL)

_WORDS = late(r"<w:t(?: [^>]*)?(?<!/)>[^<]*</w:t>")

_ANY_TAG = late(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

_INDENTED = late(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Sentences:
    """A pack's sentences (句式): Jinja macros, and the words that staff write where they have nothing to say."""

    macros: str = ""
    nothing: tuple[str, ...] = ()


NO_SENTENCES = Sentences()


def sentences_of(pack: Pack) -> Sentences:
    """What a pack says in several ways."""
    found = pack.sentences()
    return Sentences(_INDENTED.sub("", str(found.get("macros", ""))), tuple(found.get("nothing", ())))


class DocumentTemplate:
    """A compiled Word template."""

    def __init__(
        self,
        static: Iterable[Packed],
        sources: Mapping[str, str],
        resolve: Callable[[str], str],
        sentences: Sentences = NO_SENTENCES,
    ) -> None:
        """Compile the tagged parts, `static` are the others; `resolve` turns line breaks into w:br."""
        self._environment = _environment()
        self._environment.filters["实写"] = carrying(partial(written, nothing=frozenset(sentences.nothing)))
        self._sources = sources
        self._macros = sentences.macros
        self._nothing = sentences.nothing
        self._sentences = self._spoken()
        self._compiled = {name: self._compile(source, "模板标记写法有误") for name, source in sources.items()}
        self._resolve = resolve
        self._static = tuple(static)

    @classmethod
    def load(cls, path: Path, sentences: Sentences = NO_SENTENCES) -> DocumentTemplate:
        """Read and compile a .docx, and the sentences that it may use.

        Raises:
            PackError: not a Word file, or a tag in it is wrong; names file and place.
        """
        static, sources = kept(TEMPLATES).once("word", _followed_from(path), lambda: _read(path))
        try:
            return cls([Packed(*part) for part in static], sources, _resolved, sentences)
        except PackError as error:
            raise PackError(f"{path.name}：{error}") from None

    def _compile(self, source: str, wrong: str) -> Template:
        from jinja2 import Template, TemplateSyntaxError

        tool = self._environment
        try:
            code = self._once("jinja", lambda: tool.compile(source), source)
        except TemplateSyntaxError as error:
            raise PackError(f"{wrong}：{_said(error.message or '')}") from None
        return Template.from_code(tool, code, tool.make_globals(None))

    def _once(self, kind: str, make: Callable[[], Any], *texts: str) -> Any:  # noqa: ANN401 - as made
        """What Jinja makes of the template's texts, or of one of them, with the pack's sentences at hand."""
        from jinja2 import __version__

        texts = (__version__, self._macros, *self._nothing, "", *(texts or self._sources.values()))
        return kept(TEMPLATES).once(kind, _digest(texts), make)

    def _spoken(self) -> Mapping[str, Callable[..., str]]:
        """The pack's sentences, for every part of the document to use."""
        made = vars(self._compile(self._macros, f"{SENTENCES_NAME} 的写法有误").module)
        found = {name: macro for name, macro in made.items() if not name.startswith("_")}
        self._environment.globals |= found
        return found

    @property
    def trees(self) -> Iterator[Any]:
        """What the template and the pack's sentences say, as Jinja reads it."""
        return (self._environment.parse(source) for source in (self._macros, *self._sources.values()))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the template wants from its context."""
        return self._asked[0] - FUNCTIONS.keys() - self._sentences.keys()

    @cached_property
    def words(self) -> frozenset[str]:
        """The texts that stand in the template's own expressions: {{ 名称 or "20XX" }}."""
        return self._asked[1]

    @cached_property
    def columns(self) -> frozenset[str]:
        """What the template may take from a row or a form: 指标.得分, 之和(项目, "全年执行数")."""
        return self.words | self._asked[2]

    @cached_property
    def _asked(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Names, words and columns."""
        found: tuple[frozenset[str], frozenset[str], frozenset[str]] = self._once("asked", lambda: _asked(self.trees))
        return found

    @property
    def sentence_names(self) -> frozenset[str]:
        """The names of the pack's sentences."""
        return frozenset(self._sentences)

    def render(self, context: Mapping[str, Any]) -> bytes:
        """The finished document. Same context, same bytes.

        Raises:
            PackError: the template uses a name that the context does not have.
        """
        return self.assembled({n: self.resolved(unsealed(t)) for n, t in self._sealed(context).items()})

    def render_traced(self, context: Mapping[str, Any]) -> Rendered:
        """The same document, byte by byte, and where its figures come from."""
        ledger: list[Mark] = []
        sealed = self._sealed(traced(context, self.names, self.columns, ledger))
        data = self.assembled({n: self.resolved(unsealed(t)) for n, t in sealed.items()})
        marks = tuple(ledger)
        ledger.clear()  # marks hold on to their ledger; without them in it, a finished unit is let go of at once
        return Rendered(self, data, sealed, marks)

    def _sealed(self, context: Mapping[str, Any]) -> dict[str, str]:
        return {name: self._render_part(template, context) for name, template in self._compiled.items()}

    def assembled(self, parts: Mapping[str, bytes]) -> bytes:
        """The document with its rendered parts."""
        for data in parts.values():
            # Never hand over a part that Word could not open.
            expat.ParserCreate().Parse(data, True)  # noqa: FBT003 - expat's own signature
        return joined([*self._static, *(packed(name, data) for name, data in parts.items())])

    def resolved(self, text: str) -> bytes:
        """A rendered part with its line breaks and tabs as elements."""
        return "".join(self._pieces(text)).encode("utf-8")

    def _pieces(self, text: str) -> Iterator[str]:
        """Line breaks resolved: docxtpl looks into every run for them, and few paragraphs have any."""
        done, breaks = 0, [sign for sign in _BREAKS if sign in text]
        while found := [place for sign in breaks if (place := text.find(sign, done)) >= 0]:
            place = min(found)
            start, end = text.rfind(_END, done, place), text.find(_END, place)
            start = done if start < 0 else start + len(_END)
            end = len(text) if end < 0 else end + len(_END)
            yield text[done:start]
            yield self._resolve(text[start:end])
            done = end
        yield text[done:]

    def _render_part(self, template: Template, context: Mapping[str, Any]) -> str:
        from jinja2 import UndefinedError
        from jinja2.exceptions import SecurityError, TemplateRuntimeError

        try:
            return template.render(context)
        except UndefinedError as error:
            raise PackError(f"Word 模板用了没有的名称：{_unknown(str(error), context)}") from None
        except SecurityError as error:
            told = _quoted(str(error).partition(" of ")[0])
            raise PackError(f"Word 模板里有不允许的写法{told}。请检查模板里的标记。") from None
        except TemplateRuntimeError as error:
            raise PackError(f"Word 模板里有一处算不出来：{_said(str(error))}。请检查模板里的标记。") from None
        except (TypeError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
            told = in_chinese(error, "数、文字和没有填的内容不能放在一起算")
            raise PackError(f"Word 模板里有一处算不出来：{told}。请检查模板里的标记。") from None


@lru_cache(maxsize=16)
def pack_template(pack: Pack, name: str) -> DocumentTemplate:
    """A pack's Word template with its sentences, compiled once per process.

    Raises:
        PackError: there is none.
    """
    path = pack.file(name)
    if not path.is_file():
        raise PackError(f"规则包 {pack.id} 里没有 {name}。请先运行 jixiao pack build。")
    return DocumentTemplate.load(path, sentences_of(pack))


@dataclass(frozen=True, slots=True)
class Print:
    """One printed text with figures (印出的数): its mark, or None where the template put it together unseen."""

    text: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished report (成文): its bytes, and its texts with seals still on."""

    template: DocumentTemplate
    data: bytes
    sealed: Mapping[str, str]
    ledger: tuple[Mark, ...]

    @property
    def prints(self) -> Iterator[Print]:
        """Everything with figures that the template printed from the context, in order."""
        return (printed for part in self.sealed for printed in self.prints_of(part) if printed)

    def prints_of(self, part: str) -> Iterator[Print | None]:
        """The same of one part, seal by seal; None for the template's own words and numbering."""
        for sign, sealed in sealed_texts(self.sealed[part]):
            yield None if sign == NUMBERING else self._print(sign, sealed)

    @property
    def composed(self) -> Iterator[Print]:
        """The prints that show no single place of the context: what the template put together."""
        placed = {str(number) for number, mark in enumerate(self.ledger) if mark.place} | {NUMBERING}
        for xml in self.sealed.values():
            for sign, sealed in sealed_texts(xml, placed):
                if made := self._print(sign, sealed):
                    yield made

    def _print(self, sign: str, sealed: str) -> Print | None:
        text = shown(sealed)
        if sign == UNMARKED:
            return None if text in self.template.words else Print(text, None)
        return Print(text, self.ledger[int(sign)])


def _asked(trees: Iterable[Any]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The names that templates look up, the texts and the columns that stand in them."""
    from jinja2 import meta, nodes

    names: set[str] = set()
    words: set[str] = set()
    columns: set[str] = set()
    for tree in trees:
        names |= meta.find_undeclared_variables(tree)
        words.update(str(c.value) for c in tree.find_all(nodes.Const))
        columns.update(a.attr for a in tree.find_all(nodes.Getattr))
    return frozenset(names), frozenset(words), frozenset(columns)


def _followed_from(path: Path) -> tuple[str, str, float]:
    """All that the reading of a template follows from: its name and content, and which docxtpl mends its tags."""
    from importlib.util import find_spec

    tool = find_spec("docxtpl")
    changed = Path(tool.origin).stat().st_mtime if tool and tool.origin else 0.0
    return path.name, file_digest(path), changed


def _read(path: Path) -> tuple[list[tuple[Any, ...]], dict[str, str]]:
    """The parts that stay as they are, compressed, and the others with their tags mended."""
    from docxtpl import DocxTemplate

    from toolkit.publishing.document.parts import rendered_parts, template_parts

    parts = template_parts(path)
    try:
        tool = DocxTemplate(path)
        tool.init_docx()
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise PackError(f"{path.name} 不是能用的 Word 模板：{error}") from None
    rendered = rendered_parts(parts)
    sources = {
        name: without_own_signs(with_own_tags(tool.patch_xml(_BETWEEN_TAGS.sub("><", data.decode("utf-8")))))
        for name, data in parts.items()
        if name in rendered and b"{" in data
    }
    return [astuple(packed(n, d, BEST)) for n, d in parts.items() if n not in sources], sources


def with_own_tags(source: str) -> str:
    """A part whose tags docxtpl has mended, with those that only we know in words of Jinja."""
    return _with_joined_cells(_with_plain_quotes(source))


def _with_plain_quotes(source: str) -> str:
    """Quotation marks of full width within a tag, as an input method writes them, as what they stand for."""
    return _ANY_TAG.sub(lambda m: m[0].replace("\uff02", '"').replace("\uff07", "'"), source)


def _resolved(text: str) -> str:
    """Line breaks and tabs as Word has them; docxtpl knows them all, and takes 40 ms of a process to load."""
    if _OTHER_BREAKS.isdisjoint(text):
        return _WORDS.sub(lambda m: m[0].replace("\n", _BREAK), text)
    from docxtpl import DocxTemplate

    made: str = DocxTemplate.resolve_listing(None, text)
    return made


def _digest(texts: Iterable[str]) -> bytes:
    """A fingerprint of some texts, one after another."""
    found = sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8) + data)
    return found.digest()


def _with_joined_cells(source: str) -> str:
    """`{%并 条件%}文字` in a cell → a vertical merge, and the text once only; the condition is asked once for both."""

    def cell(match: re.Match[str]) -> str:
        mark = _JOINED.search(match[0])
        if mark is None:
            return match[0]
        asked = f"{{% set _goes_on = {mark[1]} %}}"
        merge = '<w:vMerge w:val="{% if _goes_on %}continue{% else %}restart{% endif %}"/>'
        found = _JOINED.sub("", match[0], count=1)
        found = _TEXT.sub(r"\1{% if not _goes_on %}\2{% endif %}\3", found)
        return found.replace("<w:vAlign", f"{asked}{merge}<w:vAlign", 1)

    return _CELL.sub(cell, source)


# How a message of Jinja begins → what it says; {} is what the message quotes.
_WRONG = {
    "Unexpected end of template": "循环或条件没有收尾（少了 endfor、endif 或 endmacro）",
    "unexpected end of template": "标记写到一半就断了",
    "Encountered unknown tag": "没有这种标记{}",
    "No filter named": "没有这个过滤器{}",
    "No test named": "没有这种判断{}",
    "Expected an expression": "标记里少了内容",
}


def _said(message: str) -> str:
    """A fault of a template, in Chinese."""
    told = next((told for start, told in _WRONG.items() if message.startswith(start)), "{}这里写得不对")
    return told.format(_quoted(message))


def _quoted(message: str) -> str:
    """What a message of Jinja quotes last: a tag is followed by those that were expected, a sign by none."""
    found = re.findall(r"'([^']+)'", message.partition(". ")[0])
    return f"“{found[-1]}”" if found else ""


def _unknown(message: str, context: Mapping[str, Any]) -> str:
    found = re.search(r"'([^']+)' is undefined|has no attribute '([^']+)'", message)
    name = next((g for g in found.groups() if g), message) if found else message
    return f"“{name}”{suggested(name, context)}"


def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import SandboxedEnvironment

    class Rows(SandboxedEnvironment):
        """行.列 is looked up in the row first: there are hundreds, and a row has no attributes to ask for.

        So is the row before, which cells that go on from it ask for: 350 times a unit, 1 ms of the sandbox's questions.
        """

        def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - any value of a context
            if isinstance(obj, dict) and attribute in obj:
                return obj[attribute]
            if attribute == "previtem" and isinstance(obj, LoopContext):
                return obj.previtem
            return super().getattr(obj, attribute)

    made = Rows(autoescape=True, undefined=StrictUndefined, finalize=_shown)
    made.filters = {name: carrying(function) for name, function in {**made.filters, **FILTERS}.items()}
    made.filters |= {name: combining("计数", len) for name in ("length", "count")}
    made.globals = {name: combining(name, function) for name, function in FUNCTIONS.items()}
    return made


def _shown(value: object) -> object:
    """A text that a sentence of the pack has put together is escaped, visible and sealed already: it stays as it is."""
    return value if hasattr(value, "__html__") else printed(value, visible(value))
