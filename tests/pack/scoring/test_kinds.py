"""Every scoring kind as pack data: Python, an oracle of its own, and LibreOffice give the same points."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from referee import needs_office, recalculate_all

from toolkit import api
from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack, unsound
from toolkit.core.errors import PackError
from toolkit.engines.formula.compile import parse
from toolkit.pack.finding import find_pack
from toolkit.pack.scoring.items import Scored, points_formula, ratio_formula, read_scored, with_scored, working
from toolkit.publishing.trace.lines import unit_lines

if TYPE_CHECKING:
    from pathlib import Path

    from recorded import Recorded

    from toolkit.pack.pack import Pack

D = Decimal
ENTRY: dict[str, Any] = {"name": "例", "levels": ["过程"], "weight": 8, "text": "例", "ratio": "甲/乙"}
LINE: list[dict[str, Any]] = [{"at": "0.6", "points": 0}, {"at": "0.9", "points": 5}, {"at": 1, "points": 8}]
OPTIONS = [{"word": "是", "points": 8}, {"word": "部分", "points": 4}, {"word": "否", "points": 0}]


def item(kind: str, **more: Any) -> Scored:  # noqa: ANN401 - any TOML value
    return read_scored({"scored": [ENTRY | {"kind": kind} | more]})[0]


def points(one: Scored, basis: object, reason: str | None = None) -> object:
    found = {one.ratio_name: basis, one.reason_name: reason}
    return parse(points_formula(one)).evaluate(found.__getitem__)  # type: ignore[arg-type]


def test_a_reason_is_asked_for_and_printed() -> None:
    """Of what is scored by hand: one row for it on the form, one in the report, and none for what is reckoned."""
    empty: dict[str, Any] = {name: {} for name in ("scoring", "lists", "choices", "compute", "parameters")}
    for entry, asked in (({"kind": "linear", "tiers": LINE}, 0), ({"kind": "direct"}, 1), ({"kind": "typed"}, 0)):
        made = with_scored({"scored": [ENTRY | entry], **empty})["parameters"]
        for rows in ("评分行", "评分附表行"):
            assert made[rows].count("　理由 |") == asked, (entry, rows)


def rounded(value: Decimal) -> Decimal:
    return value.quantize(D("0.01"), ROUND_HALF_UP)


AMOUNT = st.decimals(-20, 20, places=2)
REASON = st.sampled_from([None, "有原因"])


@given(st.decimals(0, 2, places=4))
def test_linear_goes_from_point_to_point(ratio: Decimal) -> None:
    knots = [(D(str(k["at"])), D(k["points"])) for k in LINE]
    wanted = knots[0][1] if ratio <= knots[0][0] else knots[-1][1]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if x0 < ratio <= x1:
            wanted = y0 + (ratio - x0) * (y1 - y0) / (x1 - x0)
    assert points(item("linear", tiers=LINE), ratio) == rounded(wanted)


@given(AMOUNT, REASON)
def test_points_given_need_a_reason_when_they_are_not_full(given_points: Decimal, reason: str | None) -> None:
    wanted: object = rounded(max(D(0), min(D(8), given_points))) if given_points >= 8 or reason else ""
    assert points(item("direct"), given_points, reason) == wanted


@given(AMOUNT, REASON)
def test_points_typed_into_their_own_cell_are_the_points(typed: Decimal, reason: str | None) -> None:
    one = item("typed", reason=True)
    assert points(one, typed, reason) == rounded(max(D(0), min(D(8), typed)))
    assert (one.ratio_name, one.reason_name) == (one.score_name, "评分_例_理由")
    assert item("typed").reason_name == ""


@given(AMOUNT, REASON)
def test_a_deduction_needs_a_reason(cut: Decimal, reason: str | None) -> None:
    wanted: object = rounded(max(D(0), 8 - max(D(0), cut))) if cut <= 0 or reason else ""
    assert points(item("deduction"), cut, reason) == wanted


@given(AMOUNT, REASON)
def test_a_bonus_has_a_cap_and_a_reason(more: Decimal, reason: str | None) -> None:
    wanted: object = rounded(max(D(0), min(D(3), more))) if more <= 0 or reason else ""
    assert points(item("bonus", cap=3), more, reason) == wanted
    assert points(item("bonus", cap=3), None) == 0


@pytest.mark.parametrize(("word", "wanted"), [("是", D(8)), ("部分", D(4)), ("否", D(0)), ("也许", ""), (None, "")])
def test_a_choice_earns_what_the_pack_says(word: str | None, wanted: object) -> None:
    assert points(item("choice", options=OPTIONS), word) == wanted


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "choice", "options": OPTIONS[:1]}, "至少写两个不同的选项"),
        ({"kind": "choice", "options": [*OPTIONS, OPTIONS[0]]}, "至少写两个不同的选项"),
        ({"kind": "choice", "options": [*OPTIONS, {"word": '"', "points": 1}]}, "英文引号"),
        ({"kind": "linear", "tiers": LINE[:1]}, "至少写两个不同的点"),
        ({"kind": "linear", "tiers": [LINE[0], LINE[0]]}, "至少写两个不同的点"),
        ({"kind": "tiers"}, "至少写一档"),
        ({"kind": "bonus"}, "缺少 'cap'"),
    ],
)
def test_what_an_entry_lacks_is_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(PackError, match=told):
        read_scored({"scored": [ENTRY | more]})


@pytest.mark.parametrize(
    ("kind", "more", "basis", "earned", "told"),
    [
        ("checklist", {"deduct": 2}, "1", "6", "8 − 1 项 × 2 = 6"),
        ("share", {}, "0.955", "7.64", "比率 95.50%（不超过 100%）× 8 = 7.64"),
        ("tiers", {"tiers": [{"from": "0.9", "points": 6}]}, "0.95", "6", "比率 95.00%，按分档得 6"),
        ("steps", {}, "0.95", "8", "比率 95.00%，界限 100%，得满分 8"),
        ("bonus", {"cap": 3}, None, "0", "没有加分"),
    ],
)
def test_each_kind_has_its_sentence(kind: str, more: dict[str, Any], basis: str | None, earned: str, told: str) -> None:
    assert working(item(kind, **more), None if basis is None else D(basis), D(earned)) == told


# Every kind with its settings; `TOML` below has what a pack must have beside.
VARIANTS: dict[str, dict[str, Any]] = {
    "linear": {"tiers": LINE},
    "linear 2": {"tiers": LINE[1:]},
    "tiers from": {"tiers": [{"from": "0.9", "points": 8}, {"from": "0.8", "points": 5}, {"from": 0, "points": 1}]},
    "tiers up_to": {"tiers": [{"up_to": "0.05", "points": 8}, {"up_to": "0.5", "points": 5}]},
    "share": {},
    "checklist": {"deduct": 2},
    "checklist half": {"deduct": "0.5", "absent_full": True},
    "choice": {"options": OPTIONS},
    "direct": {},
    "deduction": {},
    "bonus": {"cap": 3},
    **{
        f"steps {side} {count}": {"side": side, "count": count, "limit": "0.95", "step": "0.01", "deduct": "0.5"}
        for side in ("over", "under", "both")
        for count in ("begun", "completed", "linear")
    },
    "steps absent": {"absent_full": True},
}
RATIOS = (
    "-1",
    "0",
    "0.04",
    "0.5",
    "0.6",
    "0.75",
    "0.8",
    "0.899",
    "0.9",
    "0.945",
    "0.95",
    "0.955",
    "1",
    "1.2",
    "8",
    "9",
)
BASES = (None, *map(D, RATIOS))
WORDS = ("是", "部分", "否", "也许", None)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_each_kind_gives_and_says(variant: str, recorded: Recorded) -> None:
    """Its formulas to the letter; the points for each figure with the sentence, without a reason and with one."""
    kind = variant.partition(" ")[0]
    one = item(kind, **VARIANTS[variant])
    lines = [f"{ratio_formula(one)}\n{points_formula(one)}\n最多 {one.most}"]
    for basis, reason in product(WORDS if kind == "choice" else BASES, (None, "有原因")):
        got = points(one, basis, reason)
        said = working(one, basis, got) if isinstance(got, D) else ""
        lines.append(f"{basis} {reason}：{got} {said}")
    assert "\n".join(lines) == recorded("kinds", variant, "\n".join(lines))


HEAD = """
[pack]
id = "各种评分"
extends = "hunan-2018"
title = "各种评分办法"
year = 2023
version = "1.0"

[lists]
"一级指标" = ["投入"]
[weights]
"投入" = 40
[parameters]
"执行率分值" = 0
"总分满分" = 40
[scoring]
most = 40
"""


def _toml(kind: str, more: str) -> str:
    weight = "" if kind == "bonus" else "weight = 8\n"
    return f'[[scored]]\nname = "{kind}"\nkind = "{kind}"\nlevels = ["投入"]\n{weight}text = "{kind} 的办法"\n{more}\n'


KNOTS = 'tiers = [{ at = "0.6", points = 0 }, { at = 1, points = 8 }]'
TOML = HEAD + "".join([
    _toml("linear", f"ratio = '整体_全年执行数/整体_全年预算数'\n{KNOTS}"),
    _toml("choice", 'options = [{ word = "是", points = 8 }, { word = "否", points = 0 }]'),
    _toml("direct", ""),
    _toml("deduction", ""),
    _toml("checklist", "deduct = 2"),
    _toml("bonus", "cap = 3"),
])  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("评分") / "各种评分"
    folder.mkdir()
    (folder / "pack.toml").write_text(TOML, "utf-8")
    found = find_pack(str(folder))
    build_pack(found, document=True)
    return found


def test_the_pack_is_sound_and_sums_are_proved(pack: Pack, tmp_path: Path) -> None:
    assert check_pack(pack) == []
    for old, new, told in (
        ('weight = 8\ntext = "direct', 'weight = 7\ntext = "direct', "合计 39"),
        ("most = 40", "", "总分可能超过满分"),
        ("at = 1, points = 8", "at = 1, points = 9", "最高能得 9 分"),
    ):
        folder = tmp_path / told
        folder.mkdir()
        (folder / "pack.toml").write_text(TOML.replace(old, new), "utf-8")
        assert any(told in problem for problem in unsound(find_pack(str(folder)))), told


# linear: spent of 100 | 选项 | 自评分 | 理由 | 扣分 | 理由 | 扣项 | 加分 | 理由 | 总分
UNITS = """
100 | 是 | 8 | | 0 | | 0 | | | 40
80 | 否 | 6.5 | 缺一项 | 1.25 | 晚了 | 1 | 5 | 获奖 | 26.25
100 | 是 | 8 | | 0 | | 0 | 3 | 获奖 | 40
100 | 是 | 7 | | 0 | | 0 | | |
"""


def _data(line: str, pack: Pack) -> dict[str, Any]:
    spent, word, own, why, cut, cause, breaches, more, honour, _ = (c.strip() for c in line.split("|"))
    told = {
        "整体_全年预算数": 100,
        "整体_全年执行数": float(spent),
        "评分_choice_选项": word,
        "评分_direct_自评分": float(own),
        "评分_direct_理由": why,
        "评分_deduction_扣分": float(cut),
        "评分_deduction_理由": cause,
        "评分_checklist_扣项": float(breaches),
        "评分_bonus_加分": float(more) if more else None,
        "评分_bonus_理由": honour,
    }
    return {"pack": pack.id, "fields": {k: v for k, v in told.items() if v not in {None, ""}}}


@pytest.fixture(scope="module")
def filled(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    folder, made = tmp_path_factory.mktemp("填好"), []
    for number, line in enumerate(UNITS.strip().splitlines(), 1):
        file = folder / f"{number}.xlsx"
        file.write_bytes(api.fill(_data(line, pack), pack))
        made.append((file, line.rpartition("|")[2].strip()))
    return made


def test_the_total_is_the_sum_of_all_kinds(pack: Pack, filled: list[tuple[Path, str]]) -> None:
    for file, total in filled:
        found = api.check(file, pack).figures.book.computed.number("整体_总分")
        assert (None if found is None else str(found.normalize())) == (str(D(total).normalize()) if total else None), (
            file
        )


def test_the_working_is_a_sentence(pack: Pack, filled: list[tuple[Path, str]]) -> None:
    told = {line.name: line.basis for line in unit_lines(api.check(filled[1][0], pack).figures, pack)}
    assert [told[f"评分_{kind}_得分"] for kind in ("linear", "choice", "direct", "deduction", "bonus")] == [
        "linear：比率 80.00%，按分段比例得 4",
        "choice：选“否”，得 0",
        "direct：自评 6.5 分，分值 8 分，得 6.5",
        "deduction：8 − 1.25 = 6.75",
        "bonus：加 5 分，最多加 3 分，得 3",
    ]


@needs_office
def test_libreoffice_gives_the_same_points(pack: Pack, filled: list[tuple[Path, str]], tmp_path: Path) -> None:
    redone = recalculate_all([file for file, _ in filled], tmp_path)
    for (file, _), again in zip(filled, redone, strict=True):
        view = api.check(file, pack).figures.book.raw
        book = openpyxl.load_workbook(again, data_only=True)
        for name in [i.score_name for i in read_scored(pack.raw)] + ["整体_总分"]:
            sheet, cell = next(iter(book.defined_names[name].destinations))
            shown = book[sheet][cell.replace("$", "")].value
            mine = view(name)
            assert (D(str(shown)) if isinstance(shown, (int, float)) else shown or "") == (
                mine if mine is not None else ""
            ), name
