"""pack check of what is printed (成文): the Word report takes only what there is, in every branch of its template."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.dictionary import TableRole
from toolkit.core.errors import PackError
from toolkit.core.words import suggested
from toolkit.pack import DOCUMENT_NAME, DOCUMENT_OUTLINE, INDICATOR_COLUMNS, SENTENCES_NAME, load_toml
from toolkit.publishing.document import (
    CONTEXT_NAMES,
    CONTEXT_TABLES,
    DocumentTemplate,
    Shape,
    lists_above,
    sentences_of,
    unknown_columns,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.core.dictionary import NameSpace
    from toolkit.pack import Pack


def check_outline(pack: Pack) -> Iterator[str]:
    """The pack's outline of the report, before a Word template is made of it."""
    from toolkit.authoring.word.document import build

    own = (pack.folder / DOCUMENT_OUTLINE).is_file()
    if not own and (pack.folder / DOCUMENT_NAME).is_file():
        return  # the template is the office's own by now: `check_document` reads it
    with tempfile.TemporaryDirectory(prefix="jixiao-") as folder:
        made = Path(folder) / DOCUMENT_OUTLINE.replace(".toml", ".docx")
        told = DOCUMENT_OUTLINE if own else f"上一级规则包的 {DOCUMENT_OUTLINE}"
        try:
            build(pack.document(), made)
        except PackError as error:
            yield str(error).replace(made.name, told)
            return
        yield from (problem.replace(made.name, told) for problem in _problems(pack, made))


def check_document(pack: Pack) -> Iterator[str]:
    """The Word template as it stands in the pack's folder, edited or not."""
    path = pack.folder / DOCUMENT_NAME
    if path.is_file():
        yield from _problems(pack, path)
    else:
        yield f"缺少 {DOCUMENT_NAME}，请运行 jixiao pack build。"


def _problems(pack: Pack, path: Path) -> Iterator[str]:
    template = DocumentTemplate.load(path, sentences_of(pack))
    known = known_names(pack)
    for name in sorted(template.names - known):
        yield f"{path.name}：{_unknown(name, known)}"
    for name in sorted(template.sentence_names & known):
        yield f"{SENTENCES_NAME}：句子“{name}”与数据同名，取到的会是数据，请换个名称。"
    found = {(name, shape.columns) for name, shape in unknown_columns(template.trees, _shapes(pack))}
    for name, columns in sorted(found, key=lambda told: told[0]):
        yield f"{path.name}：{_unknown(name, columns)}"


def known_names(pack: Pack) -> frozenset[str]:
    """Everything that a report may ask for by its name."""
    own = {n for space in pack.dictionary.spaces for n in (*space.all_names(), *space.tables)}
    lists = (form.listed for form in pack.dictionary.forms)
    return frozenset({*own, *CONTEXT_NAMES, *CONTEXT_TABLES, *lists, *_blank(pack)})


def _blank(pack: Pack) -> Iterable[str]:
    """What a report of the pack above still asks for, and gets blank."""
    return () if _is_whole(pack) else (*pack.gone().fields, *pack.gone().tables, *lists_above(pack))


def _is_whole(pack: Pack) -> bool:
    """Whether the pack writes its report itself, and not with changes to that of the pack above."""
    path = pack.folder / DOCUMENT_OUTLINE
    return path.is_file() and not load_toml(path).get("extends")


def _shapes(pack: Pack) -> dict[str, Shape]:
    """Rows by the name under which a template finds them."""
    forms = {form.listed: (form, _tables(form, pack)) for form in pack.dictionary.forms}
    lists = {
        name: Shape(frozenset({*form.fields, *pack.gone(form.kind).fields, *tables}), tables)
        for name, (form, tables) in forms.items()
    }
    audits = {name: Shape(frozenset(columns), {}) for name, columns in CONTEXT_TABLES.items()}
    above = {} if _is_whole(pack) else _tables(pack.gone(), pack)
    return {**above, **_tables(pack.dictionary.book, pack), **audits, **lists}


def _tables(space: NameSpace, pack: Pack) -> dict[str, Shape]:
    found, gone = {}, pack.gone(space.kind).tables
    for name, table in {**gone, **space.tables}.items():
        more = INDICATOR_COLUMNS if table.role is TableRole.INDICATORS else ()
        above = gone.get(name)
        found[name] = Shape(frozenset({*table.columns, *more, *(above.columns if above else ())}), {})
    return found


def _unknown(name: str, known: Iterable[str]) -> str:
    return f"不认识名称“{name}”{suggested(name, known, '')}"
