"""An office's edits of the Word template (模板部件): what can be understood is filled, all else is told."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from samples import DEMO, check_bytes, filled_example

from toolkit.authoring.check import check_pack
from toolkit.core.errors import PackError
from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.engines.xlsx.zip import inflate
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import DOCUMENT_NAME, load_pack
from toolkit.publishing.document.template import DocumentTemplate, sentences_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from toolkit.pack.pack import Pack

BODY = "word/document.xml"
Parts = dict[str, bytes]
FIRST_NAME = "{{ 封面_单位名称"


def _edited(folder: Path, change: Callable[[Parts], None]) -> Pack:
    """The pack with its Word template edited."""
    made = folder / "pack"
    shutil.copytree(default_pack().folder, made)
    parts = inflate((made / DOCUMENT_NAME).read_bytes())
    change(parts)
    (made / DOCUMENT_NAME).write_bytes(write_parts(parts.items()))
    return load_pack(str(made))


def _in_body(change: Callable[[str], str]) -> Callable[[Parts], None]:
    def edit(parts: Parts) -> None:
        before = parts[BODY].decode()
        parts[BODY] = change(before).encode()
        assert parts[BODY].decode() != before

    return edit


def _main_part_renamed(parts: Parts) -> None:
    parts["word/document2.xml"] = parts.pop(BODY)
    parts["word/_rels/document2.xml.rels"] = parts.pop("word/_rels/document.xml.rels")
    for name in ("[Content_Types].xml", "_rels/.rels"):
        parts[name] = parts[name].replace(b"word/document.xml", b"word/document2.xml")


def _entities(xml: str) -> str:
    return re.sub(r"\{[{%][^<]*?[}%]\}", lambda found: found[0].replace('"', "&quot;"), xml)


def _deleted_tag(xml: str) -> str:
    gone = '<w:del w:id="905" w:author="x"><w:r><w:delText>{{ 封面_旧名称 }}</w:delText></w:r></w:del>'
    kept = '<w:ins w:id="906" w:author="x"><w:r><w:t>（已核）</w:t></w:r></w:ins>'
    return xml.replace("</w:p>", f"{gone}{kept}</w:p>", 1)


def _words(document: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)<", archive.read(BODY).decode()))


@pytest.mark.parametrize(
    "change",
    [_main_part_renamed, _in_body(_entities), _in_body(_deleted_tag)],
    ids=["main part renamed", "quotation marks as entities", "tracked changes"],
)
def test_what_word_programs_do_is_understood(tmp_path: Path, change: Callable[[Parts], None]) -> None:
    from toolkit.publishing.document.context import report_of

    pack = _edited(tmp_path, change)
    assert [p for p in check_pack(pack) if "编号" not in p] == []  # a copy keeps the id of its original
    context = report_of(check_bytes(filled_example(DEMO))).names
    texts = [
        _words(DocumentTemplate.load(p.folder / DOCUMENT_NAME, sentences_of(p)).render(context))
        for p in (default_pack(), pack)
    ]
    assert texts[0] == texts[1].replace("（已核）", "")
    assert "{{" not in texts[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda xml: xml.replace(FIRST_NAME, "｛｛ 封面_单位名称 ｝｝{{ 封面_单位名称", 1), "｛｛ 封面_单位名称"),
        (lambda xml: xml.replace(FIRST_NAME, "{ 封面_单位名称 }{{ 封面_单位名称", 1), "{ 封面_单位名称 }"),
        (lambda xml: xml.replace(FIRST_NAME, "{％ if 公开 ％}{{ 封面_单位名称", 1), "{％ if 公开"),
        (lambda xml: xml.replace("{%p if 公开 %}", "{%p if 公开 %}盖章处", 1), "盖章处"),
    ],
    ids=["full width", "one brace", "full-width percent", "text beside a paragraph tag"],
)
def test_what_would_be_printed_or_lost_is_told(tmp_path: Path, change: Callable[[str], str], told: str) -> None:
    pack = _edited(tmp_path, _in_body(change))
    assert any(told in problem for problem in check_pack(pack))
    with pytest.raises(PackError, match=re.escape(told)):
        DocumentTemplate.load(pack.folder / DOCUMENT_NAME)


def test_a_tag_where_nothing_is_filled_is_told(tmp_path: Path) -> None:
    def comment(parts: Parts) -> None:
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        note = f'<w:comments xmlns:w="{space}"><w:comment w:id="0"><w:p><w:r><w:t>{{{{ 名称 }}}}</w:t></w:r></w:p>'
        parts["word/comments.xml"] = f"{note}</w:comment></w:comments>".encode()

    with pytest.raises(PackError, match=r"word/comments\.xml"):
        DocumentTemplate.load(_edited(tmp_path, comment).folder / DOCUMENT_NAME)
