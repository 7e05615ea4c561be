"""D78 on whole returns: an attacker who has only the public figures, and SciPy, learns no withheld amount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import dense_simplex
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import DEMO, SEED, check_data, example
from scipy.optimize import linprog

from toolkit.audit.judge import Audited, audit
from toolkit.audit.secrecy.facts import cell_key, facts_of, relations_of
from toolkit.audit.secrecy.holes import Hole, Secrets, exposed
from toolkit.audit.secrecy.plan import plan_of, with_merged
from toolkit.audit.secrecy.withheld import telling_figures
from toolkit.pack.finding import default_pack
from toolkit.pack.settings import batch_settings
from toolkit.publishing.document.context import report_of
from toolkit.publishing.public import public_json, public_report
from toolkit.unit.exchange import unit_from_json
from toolkit.unit.figures import compute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn

    from toolkit.core.model import UnitReturn
    from toolkit.publishing.schemas import PublicJson

PACK = default_pack()
COLUMNS = ("上年决算数", "年初预算数", "全年预算数", "全年执行数")
KINDS = ("业务工作经费", "运行维护经费", "省级专项资金")
# Which published figure is the sum of which column: as a reader of the forms knows it, not as the pack says it.
BASE_COLUMN = {"上年决算数": "上年决算数", "年初预算数": "本年预算数", "全年执行数": "本年决算数"}
BOUND = 0.05


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """A return with its true project rows."""

    data: dict[str, Any]
    rows: list[dict[str, Any]]
    unit: UnitReturn

    def __repr__(self) -> str:
        """The rows alone: the rest is the demo unit, 94 KB of it."""
        return f"Case({self.rows})"


@st.composite
def returns(draw: DrawFn) -> Case:
    """The demo unit with other projects: consistent totals, some rows 涉密, some merged already."""
    cents = st.one_of(st.integers(100, 3_000), st.integers(3_000, 30_000), st.integers(100, 100_000))
    rows = []
    for i in range(draw(st.integers(2, 7))):
        spent = Decimal(draw(cents)) / 100
        row: dict[str, Any] = {"名称": f"第{i}号事业发展", "类别": draw(st.sampled_from(KINDS)), "涉密": "否"}
        row |= {"上年决算数": spent + draw(st.integers(0, 9)), "年初预算数": spent + draw(st.integers(0, 9))}
        row |= {"全年预算数": row["年初预算数"] + draw(st.integers(0, 5)), "全年执行数": spent}
        rows.append(row | ({"公开方式": "合并为其他项目"} if draw(st.integers(0, 3)) == 0 else {}))
    for i in draw(st.sets(st.integers(0, len(rows) - 1), min_size=1, max_size=2)):
        rows[i]["涉密"] = "是"
    data = example(DEMO)
    data["tables"]["项目"], data["project_forms"] = rows, []
    data["fields"] |= _consistent(rows, data["fields"])
    return Case(data, rows, unit_from_json(data, PACK))


def _sum(rows: Iterable[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def _consistent(rows: list[dict[str, Any]], fields: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"整体_支出_项目支出": _sum(rows, "全年执行数")}
    for column, base in BASE_COLUMN.items():
        found |= {f"基础_{k}_{base}": _sum((r for r in rows if r["类别"] == k), column) for k in KINDS}
    moved = _sum(rows, "全年预算数") - _sum(rows, "年初预算数")
    total = Decimal(str(fields["整体_全年预算数"])) - Decimal(str(fields["整体_年初预算数"]))
    return found | {"基础_基本支出预算调整_本年决算数": total - moved}


def published(unit: UnitReturn, merged: Iterable[int] = ()) -> PublicJson:
    """The public JSON, if these rows were merged too."""
    figures = compute(unit, PACK)
    plan = with_merged(plan_of(unit, PACK), merged, unit, PACK)
    filed = report_of(Audited(unit, figures, audit(unit, figures, PACK), PACK))
    return public_json(public_report(filed, plan, facts_of(unit, figures, PACK), PACK), PACK)


def attack(case: Case, merged: Iterable[int] = ()) -> bool:
    """Whether a reader of the public JSON comes within 5 % of a 涉密 amount. The reader even knows all 类别."""
    told = published(case.unit, merged)
    hidden = [r for i, r in enumerate(case.rows) if r["涉密"] == "是" or "公开方式" in r or i in set(merged)]
    places = [(i, c) for i in range(len(hidden)) for c in COLUMNS]
    sums = list(_sums(told, hidden))
    matrix = np.array([[weights.get(place, 0.0) for place in places] for weights, _ in sums])
    right = np.array([value for _, value in sums])
    below = np.array(
        [
            [1.0 if p == (i, "全年执行数") else -1.0 if p == (i, "全年预算数") else 0.0 for p in places]
            for i in range(len(hidden))
        ]
    )
    for at, (i, column) in enumerate(places):
        truth = float(hidden[i][column])
        if hidden[i]["涉密"] != "是" or truth == 0:
            continue
        for sign in (1, -1):
            cost = sign * np.eye(len(places))[at]
            done = linprog(cost, A_eq=matrix, b_eq=right, A_ub=below, b_ub=np.zeros(len(hidden)))
            end = sign * done.fun if done.status == 0 else None
            if end is not None and abs(end - truth) < BOUND * truth - 1e-6:
                return True
    return False


def _sums(told: PublicJson, hidden: list[dict[str, Any]]) -> Iterable[tuple[dict[tuple[int, str], float], float]]:
    """What the published figures say of the hidden rows: Σ weight × amount = value."""
    fields, lines = told["fields"], told["tables"]["项目"]
    shown = [line for line in lines if line["名称"] != "其他项目"]
    everywhere = range(len(hidden))

    def rest(total: str, rows: list[dict[str, Any]], column: str) -> float:
        return float(Decimal(total) - sum((Decimal(r[column]) for r in rows), Decimal(0)))

    for column, base in BASE_COLUMN.items():
        yield {(i, column): 1.0 for i in everywhere}, rest(fields[f"基础_项目支出_{base}"], shown, column)
        for kind in KINDS:
            own = [line for line in shown if line["类别"] == kind]
            weights = {(i, column): 1.0 for i in everywhere if hidden[i]["类别"] == kind}
            yield weights, rest(fields[f"基础_{kind}_{base}"], own, column)
    for line in lines:
        if line["名称"] == "其他项目" and line["全年执行数"] != "不公开":
            yield from (({(i, c): 1.0 for i in everywhere}, float(line[c])) for c in COLUMNS)
    moved = Decimal(fields["整体_全年预算数"]) - Decimal(fields["整体_年初预算数"])
    moved -= Decimal(fields["基础_基本支出预算调整_本年决算数"])
    moved -= sum((Decimal(r["全年预算数"]) - Decimal(r["年初预算数"]) for r in shown), Decimal(0))
    signs = {"全年预算数": 1.0, "年初预算数": -1.0}
    yield {(i, c): s for i in everywhere for c, s in signs.items()}, float(moved)


@settings(max_examples=15)
@given(returns())
def test_the_attacker_and_the_audit_agree(case: Case) -> None:
    """A hole is found exactly where the attacker gets in; the proposal keeps him out, and nothing smaller does."""
    figures = compute(case.unit, PACK)
    secrets, plan = Secrets(case.unit, facts_of(case.unit, figures, PACK), PACK), plan_of(case.unit, PACK)
    assert secrets.closed(plan) is not attack(case)
    if secrets.closed(plan):
        return
    proposal = secrets.propose(plan)
    rows = [p.index for p in proposal.rows] if proposal else []
    if not rows:
        everyone = [p.index for p in plan.shown]
        assert attack(case, everyone)
        return
    assert not attack(case, rows)
    for fewer in combinations([p.index for p in plan.shown], len(rows) - 1):
        assert attack(case, fewer)


@pytest.mark.whole  # the plain way takes two seconds a case
@settings(max_examples=6)
@given(returns(), st.booleans())
def test_what_a_summary_leaves_out_is_the_same_the_plain_way(case: Case, alone: bool) -> None:  # noqa: FBT001
    """Bounds, and which figures tell, are those of dense fractions without shelter; also for one project alone."""
    unit = unit_from_json(_only_secret(case), PACK) if alone else case.unit
    figures, names = compute(unit, PACK), batch_settings(PACK).names
    secrets = Secrets(unit, facts_of(unit, figures, PACK), PACK)
    found = telling_figures(unit, figures, PACK, names), list(secrets.holes(plan_of(unit, PACK)))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("Ranges", "determined"):
            patch.setattr(f"toolkit.audit.secrecy.holes.{name}", getattr(dense_simplex, name))
        for module in ("holes", "withheld"):
            patch.setattr(f"toolkit.audit.secrecy.{module}.exposed", lambda plan, _: list(plan.protected))
        assert found == (telling_figures(unit, figures, PACK, names), list(secrets.holes(plan_of(unit, PACK))))


@settings(max_examples=40)
@given(returns(), st.booleans())
def test_what_is_sheltered_has_no_hole(case: Case, alone: bool) -> None:  # noqa: FBT001
    """The same holes, and the same figures that tell, when every protected row is asked about (half are sheltered)."""
    unit = unit_from_json(_only_secret(case), PACK) if alone else case.unit
    figures, plan = compute(unit, PACK), plan_of(unit, PACK)
    secrets = Secrets(unit, facts_of(unit, figures, PACK), PACK)
    plans = (plan, with_merged(plan, [p.index for p in plan.shown], unit, PACK))

    def told() -> tuple[list[Hole], tuple[str, ...]]:
        names = batch_settings(PACK).names
        return [h for p in plans for h in secrets.holes(p)], telling_figures(unit, figures, PACK, names)

    found = told()
    with pytest.MonkeyPatch.context() as patch:
        for module in ("holes", "withheld"):
            patch.setattr(f"toolkit.audit.secrecy.{module}.exposed", lambda plan, _: list(plan.protected))
        assert found == told()


def test_a_row_is_sheltered_only_by_one_that_can_cover_it() -> None:
    """`exposed` by itself: of the same kind, with the share of it in every column, nothing blank, its own law kept."""
    data = example(DEMO)
    secret, other = data["tables"]["项目"][2], data["tables"]["项目"][0]
    secret["涉密"] = "是"
    amounts = dict(zip(COLUMNS, ("90", "100", "100", "100"), strict=True))

    def open_ones(**changed: str | None) -> list[int]:
        secret.update(amounts)
        row = other | {"类别": secret["类别"], "资金来源": secret.get("资金来源")} | amounts | changed
        unit = unit_from_json({**data, "tables": {**data["tables"], "项目": [row, secret]}}, PACK)
        plan = plan_of(unit, PACK)
        return [p.index for p in exposed(with_merged(plan, [0], unit, PACK), PACK)]

    assert open_ones() == open_ones(上年决算数="4.5", 年初预算数="5") == []
    for changed in (
        {"上年决算数": "4.49"},
        {"全年执行数": "4.99"},
        {"年初预算数": None},
        {"全年执行数": "100.01"},
        {"类别": next(k for k in KINDS if k != secret["类别"])},
    ):
        assert open_ones(**changed) == [1], changed


def _only_secret(case: Case) -> dict[str, Any]:
    """The same unit with its first secret project and no other: its totals tell."""
    rows = [next(r for r in case.rows if r["涉密"] == "是")]
    data = {**case.data, "tables": {**case.data["tables"], "项目": rows}}
    return data | {"fields": data["fields"] | _consistent(rows, data["fields"])}


def test_the_seed_is_refused_with_a_proposal() -> None:
    """涉密资金 has no amount in the workbook, and is 263.20 all the same; 13.00 is too small a cover."""
    data = example(SEED)
    data["fields"] |= {"封面_保密审查": "是", "封面_负责人审签": "是"}
    found = [f for f in check_data(data, public=True).result.findings if f.rule == "D78"]
    assert [f.left for f in found] == [Decimal("263.2")]
    assert "全年执行数为 263.20 万元" in found[0].message
    assert "第 3 行“法律援助经费”" in found[0].message
    data["tables"]["项目"][2]["公开方式"] = "合并为其他项目"
    assert "D78" in check_data(data, public=True).result.passed


def test_without_another_project_figures_are_proposed() -> None:
    """A unit with nothing but the secret: the words of the proposal close the hole."""
    data = example(DEMO)
    data["tables"]["项目"] = [r for r in data["tables"]["项目"] if r["涉密"] == "是"]
    data["project_forms"] = []
    row = {c: Decimal(str(data["tables"]["项目"][0][c])) for c in COLUMNS} | {"类别": "业务工作经费"}
    data["fields"] |= _consistent([row], data["fields"])
    data["fields"] |= {"整体_支出_基本支出": 837.8, "支出_工资福利": 713.33, "支出_人员经费": 754.61}
    found = [f for f in check_data(data, public=True).result.findings if f.rule == "D78"]
    assert len(found) == 1
    words = found[0].message.partition("写“")[2].partition("”")[0]
    assert "没有别的项目可以合并" in found[0].message
    data["fields"]["公开_另外不公开的数"] = words
    assert "D78" in check_data(data, public=True).result.passed
    for word in words.split("、"):
        data["fields"]["公开_另外不公开的数"] = "、".join(w for w in words.split("、") if w != word)
        assert "D78" not in check_data(data, public=True).result.passed, word


def test_thirty_projects() -> None:
    """Three 涉密 rows of three kinds need one partner each; the least amounts that suffice are proposed."""
    rows: list[dict[str, Any]] = [
        {"名称": f"第{i}号事业发展", "类别": KINDS[i % 3], "涉密": "是" if i < len(KINDS) else "否"}
        | dict.fromkeys(COLUMNS, Decimal(10 + (i * 37) % 41))
        for i in range(30)
    ]
    data = example(DEMO)
    data["tables"]["项目"], data["project_forms"] = rows, []
    data["fields"] |= _consistent(rows, data["fields"])
    unit = unit_from_json(data, PACK)
    secrets = Secrets(unit, facts_of(unit, compute(unit, PACK), PACK), PACK)
    plan = plan_of(unit, PACK)
    assert len(list(secrets.holes(plan))) == len(KINDS) * len(COLUMNS)
    proposal = secrets.propose(plan)
    assert proposal is not None
    assert proposal.smallest
    least = [
        min((r["全年执行数"], i) for i, r in enumerate(rows) if r["类别"] == k and r["涉密"] == "否") for k in KINDS
    ]
    assert sorted((p.row.number("全年执行数"), p.index) for p in proposal.rows) == sorted(least)


@pytest.mark.parametrize(
    ("spent", "budget", "tells"), [("45", "45", True), ("45", "45.01", True), ("45.01", "45", False)]
)
def test_a_bound_that_is_just_met_is_used(spent: str, budget: str, *, tells: bool) -> None:
    """D78: 全年执行数 ≤ 全年预算数 of a withheld row bounds a reader's guess, also where both are equal."""
    data = example(DEMO)
    data["tables"]["项目"][2] |= {"全年执行数": Decimal(spent), "全年预算数": Decimal(budget)}
    unit = unit_from_json(data, PACK)
    plan = plan_of(unit, PACK)
    _, relations = relations_of(facts_of(unit, compute(unit, PACK), PACK), plan, PACK)
    own = {cell_key(2, "全年执行数"): 1, cell_key(2, "全年预算数"): -1}
    assert any(r.at_most and r.terms == own for r in relations) is tells


def test_points_do_not_give_back_a_withheld_figure() -> None:
    """The total less the points of the indicators is those for 执行率, and these times the budget what was spent."""
    data = example(DEMO)
    told = published(unit_from_json(data, PACK))["fields"]
    data["fields"]["公开_另外不公开的数"] = "全年执行数"
    found = published(unit_from_json(data, PACK))
    gone = {"整体_全年执行数", "整体_执行率", "整体_执行得分", "整体_总分", "整体_等级"}
    assert told.keys() - found["fields"].keys() == gone
    assert all(row["得分"] for row in found["tables"]["指标"])


@pytest.mark.parametrize("other", ["0", "20"])
def test_a_summary_tells_no_budget_beside_a_spending_that_tells(other: str) -> None:
    """Of a unit that has hardly more than its secret project: the total less all other points gives the rate."""
    data = example(DEMO)
    secret = next(r for r in data["tables"]["项目"] if r["涉密"] == "是") | dict.fromkeys(COLUMNS, "44.59")
    data["tables"]["项目"], data["project_forms"] = [secret], []
    spent = Decimal("44.59") + Decimal(other)
    data["fields"] |= {"整体_支出_项目支出": "44.59", "整体_支出_基本支出": other}
    data["fields"] |= {"整体_全年执行数": spent, "收支_本年支出": spent, "整体_全年预算数": spent + 9}
    unit = unit_from_json(data, PACK)
    found = telling_figures(unit, compute(unit, PACK), PACK, batch_settings(PACK).names)
    assert "整体_支出_项目支出" in found
    assert ("整体_全年预算数" in found) is ("整体_全年执行数" in found) is (other == "0")


def test_how_points_came_about_is_not_published() -> None:
    """得分过程 is internal: the filed report words it, the public one has no such text for any template to name."""
    unit = unit_from_json(example(DEMO), PACK)
    figures = compute(unit, PACK)
    report = report_of(Audited(unit, figures, audit(unit, figures, PACK), PACK))
    edition = public_report(report, plan_of(unit, PACK), facts_of(unit, figures, PACK), PACK)
    filed, public = report.names, edition.names
    rows = [(filed["指标"], public["指标"]), *zip(_forms(filed), _forms(public), strict=False)]
    assert all(any(row["得分过程"] for row in told) for told, _ in rows)
    assert {row["得分过程"] for _, told in rows for row in told} == {None}
    assert all(row["目标文本"] for row in public["指标"])


def _forms(context: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [form["自评指标"] for form in context["项目自评"]]
