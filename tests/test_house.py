"""The house rules (design §2, §10): imports downward only, small rooms, no hidden state, no network, lazy libraries."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "toolkit").glob("*.py"))
TESTS = sorted((ROOT / "tests").glob("*.py"))

# From the ground up; a room may import from lower floors, and on its own floor without cycles.
FLOORS = {
    "ground": "__init__ errors input_files money findings dictionary ooxml number_formats zip_parts "
    "row_heights once sheet_copies money_words simplex derivable button_places vba vba_cfb "
    "vba_compression template_rows",
    "formula": "formula formula_reading formula_syntax formula_tree formula_values formula_rounding "
    "formula_texts formula_calls formula_functions formula_criteria formula_linear",
    "pack": "scoring scored rules pack_text pack_inherit pack forms rule_text model cell_reading "
    "workbook_patch audit_settings disclosure_settings cell_patch",
    "intake": "source intake stray exchange",
    "prose": "prose_numbers prose_text prose_findings prose_settings prose_concepts prose_report prose_sums "
    "prose_parts prose_projects prose_lists prose_rates prose_growth prose_repeats prose_outline "
    "prose_cover prose_residue prose_totals proofread",
    "templates": "template template_styles template_audit template_marks document_styles document_template "
    "macro_workbook template_button",
    "judge": "compute trace trace_words explanations audit audit_answers audit_lines audit_indicators "
    "audit_rows audit_texts audit_checks audit_messages audit_prose audit_sources audit_disclosure "
    "disclosure disclosure_figures disclosure_holes disclosure_texts disclosure_advice "
    "disclosure_amounts",
    "publish": "fill report_context report_workbook report_document document_words seals traced trace_lines "
    "review_document feedback result outputs public_context public_edition made_by recalc "
    "button_results",
    "corridor": "pipeline explain pack_pages button watch",
    "batch": "workers batch_files batch_unit batch_settings batch_status roster roster_blank consolidation "
    "batch_checks batch_model batch_engines batch_json batch overview summary_table summary_sheets "
    "summary_charts summary_workbook bulletin",
    "pack tools": "batch_pack_check pack_build pack_check",
    "doors": "console batch_console demo cli_help cli_shared cli_pack cli_explain cli_proofread cli_batch cli __main__ "
    "cli_excel excel_button excel_setup excel_windows",
}
FLOOR = {room: level for level, rooms in enumerate(FLOORS.values()) for room in rooms.split()}
NETWORK = {"socket", "urllib.request", "http", "requests", "httpx", "ftplib", "smtplib", "asyncio"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> set[str]:
    """Every imported module, also inside functions and for type checking only."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "toolkit"}
    return found


def rooms(path: Path) -> set[str]:
    own = {name.removeprefix("toolkit.") for name in imports(path) if name.startswith("toolkit.")}
    return {name for name in own if name in FLOOR} - {path.stem}


def test_every_room_is_on_a_floor() -> None:
    assert {path.stem for path in MODULES} == set(FLOOR)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_imports_go_downward(path: Path) -> None:
    upward = {name for name in rooms(path) if FLOOR[name] > FLOOR[path.stem]}
    assert upward == set()


def test_no_cycles() -> None:
    graph = {path.stem: rooms(path) for path in MODULES}
    done: set[str] = set()
    while graph.keys() - done:
        free = {name for name, needs in graph.items() if name not in done and needs <= done}
        assert free, {name: needs - done for name, needs in graph.items() if name not in done}
        done |= free


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=lambda p: p.stem)
def test_rooms_are_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


def test_functions_are_small() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.body[0].lineno + 1 - _documented(node)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[-1] <= 50
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 25


def _documented(node: ast.FunctionDef) -> int:
    """Lines of the docstring: documentation is not size."""
    first = node.body[0]
    has = ast.get_docstring(node) is not None
    return (first.end_lineno or 0) - first.lineno + 1 if has else 0


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_no_module_state(path: Path) -> None:
    """What a module binds at its top is a constant: upper case, and never assigned or mutated again."""
    bound = [t.id for node in tree(path).body for t in _targets(node)]
    assert [n for n in bound if not re.fullmatch(r"_?[A-Z]\w*|__\w+__", n)] == []
    assert not [node for node in ast.walk(tree(path)) if isinstance(node, ast.Global)]
    mutated = {
        node.func.value.id
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"append", "update", "add", "clear", "pop", "setdefault", "extend"}
        and isinstance(node.func.value, ast.Name)
    }
    assert mutated & {n for n in bound if n.isupper()} == set()


def _targets(node: ast.stmt) -> list[ast.Name]:
    if isinstance(node, ast.Assign):
        return [t for t in node.targets if isinstance(t, ast.Name)]
    return [node.target] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def test_no_network_no_eval_no_xlwings() -> None:
    for path in MODULES:
        assert not {name for name in imports(path) if name in NETWORK or name.split(".")[0] in NETWORK}, path.stem
        assert "xlwings" not in {name.split(".")[0] for name in imports(path)} or path.stem.startswith("excel_button")
        calls = {n.func.id for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        assert not calls & {"eval", "exec", "compile", "__import__"}, path.stem


def test_nothing_of_a_province_or_year_in_code() -> None:
    """Weights, years and places live in the pack."""
    pattern = re.compile(r"湖南|益阳|安徽|四川|海南|湘财|财预")
    found = []
    for path in MODULES:
        documentation = {id(n.body[0].value) for n in ast.walk(tree(path)) if _has_docstring(n)}  # type: ignore[attr-defined]
        found += [
            f"{path.stem}: {node.value}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
            and pattern.search(node.value)
        ]
    assert found == []


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


HEAVY = (
    "pandas",
    "xlsxwriter",
    "distributed",
    "openpyxl",
    "xlwings",
    "lxml",
    "docx",
    "docxtpl",
    "python_calamine",
    "orjson",
    "jinja2",
)


def test_help_is_light() -> None:
    """`jixiao --help` loads no heavy library."""
    script = (
        "import sys\nsys.argv = ['jixiao', '--help']\nfrom toolkit.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_a_wheel_carries_packs_and_examples() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '"workbook_templates" = "toolkit/workbook_templates"' in text
    assert '"examples" = "toolkit/examples"' in text


def test_nothing_of_this_machine_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607
    pattern = re.compile(rb"/work/|/root/|\.\./shared|\.library")
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".json", ".txt"}
            and path.is_file()
            and path.name != Path(__file__).name
        ):
            assert not pattern.search(path.read_bytes()), name
