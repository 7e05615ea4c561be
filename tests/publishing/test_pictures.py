"""Pictures (版面): what is printed, laid out by LibreOffice and read back from the PDF, page by page.

One start of LibreOffice for everything; the fonts that the files name are mapped to those that are there, so that
every character has its true width.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from referee import needs_office, office
from samples import DEMO, check_data, example

from toolkit.pipeline import make_files

if TYPE_CHECKING:
    from pathlib import Path

H = "{http://www.w3.org/1999/xhtml}"
FONTS = {"Noto Serif CJK SC": "仿宋_GB2312 仿宋 楷体_GB2312 宋体 方正小标宋简体", "Noto Sans CJK SC": "黑体"}
A4 = (595, 842)


@dataclass(frozen=True)
class Word:
    """A word of a page (词) and where it stands, in points from the upper left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Page:
    """One page (页): its size and its words."""

    width: float
    height: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """All words."""
        return "".join(w.text for w in self.words)

    @property
    def lines(self) -> list[str]:
        """The words that stand on one line, from top to bottom."""
        found: dict[int, list[Word]] = {}
        for word in self.words:
            found.setdefault(round((word.top + word.bottom) / 8), []).append(word)
        return ["".join(w.text for w in sorted(line, key=lambda w: w.left)) for _, line in sorted(found.items())]


def laid_out(files: dict[str, bytes], folder: Path) -> dict[str, list[Page]]:
    """The pages of every file, by its name."""
    program, reader = office(), shutil.which("pdftotext")
    if program is None or reader is None:
        pytest.fail("LibreOffice or pdftotext is missing: 版面没有看，不能算通过")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    aliases = "".join(
        f'<alias binding="same"><family>{name}</family><prefer><family>{real}</family></prefer></alias>'
        for real, names in FONTS.items()
        for name in names.split()
    )
    fonts = folder / "fonts.conf"
    fonts.write_text(
        f'<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>{aliases}</fontconfig>', "utf-8"
    )
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    paths = [str(folder / name) for name in files]
    command = [program, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(folder), *paths]
    subprocess.run(
        command, check=True, capture_output=True, timeout=300, env=os.environ | {"FONTCONFIG_FILE": str(fonts)}
    )
    return {name: _pages(reader, (folder / name).with_suffix(".pdf")) for name in files}


def _pages(reader: str, pdf: Path) -> list[Page]:
    told = subprocess.run([reader, "-bbox", str(pdf), "-"], check=True, capture_output=True, timeout=60).stdout
    root = etree.fromstring(re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"", told), etree.XMLParser(recover=True))
    return [
        Page(
            float(page.get("width", "0")),
            float(page.get("height", "0")),
            tuple(
                Word(w.text or "", *(float(w.get(k, "0")) for k in ("xMin", "yMin", "xMax", "yMax")))
                for w in page.iter(f"{H}word")
            ),
        )
        for page in root.iter(f"{H}page")
    ]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Page]]:
    demo = make_files(check_data(example(DEMO)))
    long_name = example(DEMO)
    long_name["fields"]["封面_单位名称"] = "示例县城乡居民社会养老保险服务中心（示例）"
    files = {n: demo[n] for n in ("自评报告.docx", "自评报表.xlsx")}
    files["长名.docx"] = make_files(check_data(long_name))["自评报告.docx"]
    return laid_out(files, tmp_path_factory.mktemp("pictures"))


@needs_office
@pytest.mark.parametrize("name", ["自评报告.docx", "自评报表.xlsx", "长名.docx"])
def test_no_page_is_blank_and_nothing_runs_off_it(name: str, pages: dict[str, list[Page]]) -> None:
    for number, page in enumerate(pages[name], 1):
        assert len(page.text) > 20, f"{name} 第 {number} 页"
        assert {round(page.width), round(page.height)} == set(A4)
        outside = [
            w.text for w in page.words if w.left < 20 or w.right > page.width - 20 or w.bottom > page.height - 15
        ]
        assert outside == [], f"{name} 第 {number} 页"


@needs_office
def test_the_title_breaks_behind_the_name(pages: dict[str, list[Page]]) -> None:
    """GB/T 9704: lines of nearly one length, no word broken."""
    assert pages["自评报告.docx"][1].lines[:2] == ["示例县数据服务中心（示例）", "2023年度部门整体支出绩效自评报告"]
    assert pages["长名.docx"][1].lines[:3] == [
        "示例县城乡居民社会",
        "养老保险服务中心（示例）",
        "2023年度部门整体支出绩效自评报告",
    ]
    assert pages["长名.docx"][0].lines[1:3] == [
        "部门（单位）名称：",
        "示例县城乡居民社会养老保险服务中心（示例）（盖章）",
    ]


@needs_office
def test_headings_are_numbered_and_never_last_on_a_page(pages: dict[str, list[Page]]) -> None:
    body = [page.lines for page in pages["自评报告.docx"][1:11]]
    text = "\n".join(line for lines in body for line in lines)
    for heading in ("一、部门（单位）基本情况", "（四）收支与自评结果", "1.产出指标", "十、其他需要说明的情况"):
        assert heading in text
    lasts = [[line for line in lines if not re.fullmatch(r"—\d+—", line)][-1] for lines in body]
    assert [line for line in lasts if re.match(r"[一二三四五六七八九十]、|（[一二三四五]）.{2,12}$", line)] == []


@needs_office
def test_each_annex_has_one_page(pages: dict[str, list[Page]]) -> None:
    """附件1, 附件2, and one page for each project form; the list of annexes and the signature stay together."""
    firsts = [page.lines[0] for page in pages["自评报告.docx"]]
    annexes = [line for line in firsts if line.startswith("附件")]
    assert annexes == ["附件1", "附件2", "附件3-1", "附件3-2", "附件3-3", "附件3-4"]
    assert firsts[-6:] == annexes
    end = next(page for page in pages["自评报告.docx"] if "附件：1." in page.text)
    for told in ("2.部门整体支出绩效自评表", "3.项目支出绩效自评表（4份）", "2024年5月20日"):
        assert told in end.text


@needs_office
def test_forms_of_the_report_workbook_fit_their_pages(pages: dict[str, list[Page]]) -> None:
    """The print set is the forms and the audit; every page of it begins with a title or repeated heads."""
    heads = [page.lines[0] for page in pages["自评报表.xlsx"]]
    titles = (
        "部门整体支出绩效评价基础数据表",
        "部门整体支出绩效自评表",
        "项目支出绩效自评表",
        "审核结果",
        "未检查事项",
        "图表",
    )
    assert [h for h in heads if not h.startswith((*titles, "一级指标", "溯源"))] == []
    assert sum(h.startswith("溯源") for h in heads) == 1  # for looking up, not for printing
    assert sum(h.startswith("项目支出绩效自评表") for h in heads) == 4
    assert "未发现问题。" in next(page.text for page in pages["自评报表.xlsx"] if page.lines[0].startswith("审核结果"))
