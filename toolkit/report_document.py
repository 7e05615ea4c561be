"""自评报告 report document: a Word template compiled once per process, rendered per unit.

docxtpl mends the tags that Word has split over runs; a sandboxed Jinja renders them with escaping on
and unknown names refused. Staff's text is data: it is never rendered a second time.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from toolkit.dictionary import nearest
from toolkit.document_words import FILTERS, FUNCTIONS, visible
from toolkit.errors import PackError
from toolkit.zip_parts import BEST, joined, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

_RENDERED = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_BETWEEN_TAGS = re.compile(r">\s*\n\s*<")
_LISTING_SIGN = re.compile(r"[\n\t\a\f]")
_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>.*?</w:p>", re.DOTALL)


class DocumentTemplate:
    """A compiled Word template."""

    def __init__(self, parts: Mapping[str, bytes], sources: Mapping[str, str], resolve: Callable[[str], str]) -> None:
        """Compile the tagged parts; `sources` are their Jinja texts, `resolve` turns line breaks into w:br."""
        self._environment = _environment()
        self._sources = sources
        self._compiled = {name: self._compile(source) for name, source in sources.items()}
        self._resolve = resolve
        self._static = [packed(n, d, BEST) for n, d in parts.items() if n not in sources]

    @classmethod
    def load(cls, path: Path) -> DocumentTemplate:
        """Read and compile a .docx.

        Raises:
            PackError: not a Word file, or a tag in it is wrong; names file and place.
        """
        from docxtpl import DocxTemplate

        try:
            with zipfile.ZipFile(path) as archive:
                parts = {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
            tool = DocxTemplate(path)
            tool.init_docx()
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise PackError(f"{path.name} 不是能用的 Word 模板：{error}") from None
        sources = {
            name: tool.patch_xml(_BETWEEN_TAGS.sub("><", data.decode("utf-8")))
            for name, data in parts.items()
            if _RENDERED.fullmatch(name) and b"{" in data
        }
        try:
            return cls(parts, sources, tool.resolve_listing)
        except PackError as error:
            raise PackError(f"{path.name}：{error}") from None

    def _compile(self, source: str) -> Template:
        from jinja2 import TemplateSyntaxError

        try:
            return self._environment.from_string(source)
        except TemplateSyntaxError as error:
            raise PackError(f"模板标记写法有误：{error.message}") from None

    def undeclared(self) -> set[str]:
        """The names that the template wants from its context."""
        from jinja2 import meta

        found: set[str] = set()
        for source in self._sources.values():
            found |= meta.find_undeclared_variables(self._environment.parse(source))
        return found - FUNCTIONS.keys()

    def render(self, context: Mapping[str, Any]) -> bytes:
        """The finished document. Same context, same bytes.

        Raises:
            PackError: the template uses a name that the context does not have.
        """
        made = {name: self._render_part(template, context) for name, template in self._compiled.items()}
        for data in made.values():
            # Never hand over a part that Word could not open.
            expat.ParserCreate().Parse(data, True)  # noqa: FBT003 - expat's own signature
        return joined([*self._static, *(packed(name, data) for name, data in made.items())])

    def _render_part(self, template: Template, context: Mapping[str, Any]) -> bytes:
        from jinja2 import UndefinedError
        from jinja2.exceptions import SecurityError

        try:
            text = template.render(context)
        except UndefinedError as error:
            raise PackError(f"Word 模板用了没有的名称：{_unknown(str(error), context)}") from None
        except SecurityError as error:
            raise PackError(f"Word 模板里有不允许的写法：{error}") from None
        return _PARAGRAPH.sub(self._with_breaks, text).encode("utf-8")

    def _with_breaks(self, paragraph: re.Match[str]) -> str:
        """Line breaks resolved: docxtpl looks into every run for them, and few paragraphs have any."""
        return self._resolve(paragraph[0]) if _LISTING_SIGN.search(paragraph[0]) else paragraph[0]


def _unknown(message: str, context: Mapping[str, Any]) -> str:
    found = re.search(r"'([^']+)' is undefined|has no attribute '([^']+)'", message)
    name = next((g for g in found.groups() if g), message) if found else message
    close = nearest(name, context)
    return f"“{name}”" + (f"，是不是“{close}”？" if close else "。")


def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    made = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=visible)
    made.filters.update(FILTERS)
    made.globals = dict(FUNCTIONS)
    return made
