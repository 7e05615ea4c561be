"""One voice (同一口吻): what is typed wrong is answered in Chinese, with code 2, 3 or 5, and nothing is written."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from samples import DEMO, EXAMPLES, filled_example

from toolkit.doors.cli.app import cli
from toolkit.doors.cli.chinese import run
from toolkit.pack.finding import list_packs

if TYPE_CHECKING:
    from pathlib import Path

# 命令 | 退出码 | 话里必须有
WRONG = """
check 表.ods | 3 | 另存为 .xlsx
check 表.et | 3 | 另存为 .xlsx
check 稿.wps | 3 | 是 .wps 文字稿，不是填报表
check 夹 | 3 | 这是文件夹
move 表.ods | 3 | 另存为 .xlsx 再移
move 表.et | 3 | 另存为 .xlsx 再移
move 稿.wps | 3 | 另存为 .docx 再移
move 夹 | 3 | 里没有可以移的表
move 坏.xls | 3 | 打不开就是文件坏了
forms 表.ods | 3 | 另存为 .xlsx
forms 稿.wps | 3 | 不是填报表
forms 夹 | 3 | 这是文件夹
pdf 表.ods | 2 | 请先另存成
pdf 夹 | 3 | 这是文件夹
compare 好.xlsx 表.et | 3 | 另存为 .xlsx
evidence 稿.wps | 3 | 不是填报表
run 云.xlsx -o 出 --public | 2 | 没有写哪些可以公开
recalc 表.ods | 3 | 另存为 .xlsx
check 没有.xlsx | 3 | 找不到
check 网页.xlsx | 3 | 不是 .xlsx 工作簿
watch 没有 | 2 | 没有这个文件夹
watch 好.xlsx | 2 | 没有这个文件夹
pack rules --page 好.xlsx/规则.md | 5 | 有同名的文件
new --macro -o 甲.xlsx | 2 | .xlsm
new -o 甲.xlsm | 2 | 请加 --macro
new -o 甲.ods | 2 | 甲.xlsx
new -o 甲 | 2 | 甲.xlsx
new -o 好.xlsx | 2 | 已经存在
fill 数.json -o 甲.ods | 2 | .xlsx 或 .xlsm
fill 数.json -o 甲 | 2 | .xlsx 或 .xlsm
fill 没有.json | 3 | 找不到
fill 好.xlsx | 3 | 不是 JSON
fill 网页.xlsx | 2 | 网页.xlsx：不是 JSON，或者写法有误：读到第 1 行第 1 列
recalc 好.xlsx -o 甲.xlsm | 2 | .xlsx
export 好.xlsx -o 甲.xlsx | 2 | 数据应存为 .json。请写成 甲.json
move 好.xlsx -o 甲.docx | 2 | 移好的填报表应存为 .xlsx。请写成 甲.xlsx
move 好.xlsx -o 甲.xlsm | 2 | 请写成 甲.xlsx
forms 好.xlsx -o 甲.docx | 2 | .xlsx 或 .xlsm
compare 好.xlsx 好.xlsx -o 甲.docx | 2 | 对比表应存为 .xlsx
evidence 好.xlsx -o 甲.docx | 2 | 台账应存为 .xlsx
pack rules --page 甲.xlsx | 2 | 规则一览应存为 .md
run 好.xlsx -o 好.xlsx | 5 | 路径里有一段是文件
run 好.xlsx | 2 | 缺少 -o
run 好.xlsx -o | 2 | 缺少内容
demo -o 好.xlsx | 5 | 路径里有一段是文件
batch . -o 好.xlsx | 5 | 建不了文件夹
batch . -o 出 --jobs 多 | 2 | 不小于 1、不大于 256 的整数
batch . -o 出 --limit 0 | 2 | 不小于 1
batch . -o 出 --engine 快 | 2 | local 或 dask
batch 没有 -o 出 | 2 | 没有这个文件夹
proofread 好.xlsx --year 1 | 2 | 不小于 1990、不大于 2100 的整数
check --快 好.xlsx | 2 | 没有选项
check --json=好 好.xlsx | 2 | 选项 --json
chek | 2 | 是不是 check
excel press 1 | 2 | 没有这个命令：press
pack keys pack.tom | 2 | 没有这个命令：keys
demo 多 | 2 | 多了参数：多
check | 2 | 缺少 文件
explain 好.xlsx | 2 | 缺少
check 好.xlsx --pack 没有 | 2 | 没有名为
"""
# Names of packs, commands, options, formats and programs are no English sentences.
_NAMES = re.compile(
    "|".join(re.escape(pack.id) for pack in list_packs())
    + r"|(?i:jixiao|json|excel|word|wps|utf-8|xls[xm]?|docx|ods|md\b|et\b|csv|--?[a-z-]+|local|dask|check|watch|pack"
    r"|new|rules|run|fill|batch|proofread|recalc|explain|demo|help|python|pytest|export|result|chek"
    r"|pdf|press|keys|tom|disclosure|toml|public)"
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "好.xlsx").write_bytes(filled_example(DEMO))
    (tmp_path / "数.json").write_bytes((EXAMPLES / DEMO / "data.json").read_bytes())
    (tmp_path / "网页.xlsx").write_text("<html>绩效</html>", "utf-8")
    (tmp_path / "云.xlsx").write_bytes((EXAMPLES / "packs/yunnan-2023/填报表.xlsx").read_bytes())
    (tmp_path / "坏.xls").write_bytes(b"\x01\x02 no workbook of any age")
    (tmp_path / "夹").mkdir()
    for name in ("表.ods", "表.et", "稿.wps"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 or anything else")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("line", WRONG.strip().split("\n"))
def test_a_wrong_command_is_answered_in_chinese(
    line: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, code, told = (part.strip() for part in line.split("|"))
    before = {p: p.read_bytes() for p in desk.rglob("*") if p.is_file()}
    monkeypatch.setattr(sys, "argv", ["jixiao", *words.split()])
    with pytest.raises(SystemExit) as ended:
        run(cli)
    said = capsys.readouterr().err
    assert (ended.value.code, told in said) == (int(code), True), said
    assert re.findall(r"[A-Za-z]{3,}", _NAMES.sub(" ", said.replace(str(desk), ""))) == [], said
    assert {p: p.read_bytes() for p in desk.rglob("*") if p.is_file()} == before
