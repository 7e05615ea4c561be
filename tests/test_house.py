"""The house rules: one staircase, read from the folders themselves; small rooms, no hidden state, no network."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TOOLKIT = ROOT / "toolkit"
STAIRCASE = (
    "core",
    "engines",
    "pack",
    "unit",
    "audit",
    "publishing",
    "pipeline",
    "batch",
    "api",
    "authoring",
    "doors",
    "__main__",
)
OPEN_ROOM = "core"  # its modules are words, imported by name; every other room has a face
MOST_CHILDREN, MOST_ENTRIES = 9, 11
MOST_LINES, MOST_FUNCTION_LINES, MEDIAN, P90 = 500, 50, 8, 25
NETWORK = {"socket", "urllib.request", "http", "requests", "httpx", "ftplib", "smtplib", "asyncio"}


class Import(NamedTuple):
    """One imported name: the file that imports it, the module or package it is taken from, and the name."""

    by: Path
    source: str
    name: str


def modules(house: Path = TOOLKIT) -> list[Path]:
    return sorted(house.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> list[Import]:
    """Every import of a file, also inside functions and for type checking only."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [Import(path, alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += [Import(path, str(node.module), alias.name) for alias in node.names]
    return found


def room(house: Path, path: Path) -> tuple[str, ...]:
    """The folders of a file and its stem: ("audit", "checks", "texts"); a face stands for its folder."""
    parts = path.relative_to(house).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def target(house: Path, one: Import) -> tuple[str, ...] | None:
    """Where an import of ours leads, through the face of a folder to the file behind it."""
    if one.source.split(".")[0] != house.name:
        return None
    parts = tuple(one.source.split(".")[1:])
    inside = (*parts, one.name)
    folder = house.joinpath(*parts)
    if not folder.is_dir():
        return parts
    if one.name and (house.joinpath(*inside).is_dir() or house.joinpath(*inside).with_suffix(".py").is_file()):
        return inside
    return (*parts, *handed_on(folder).get(one.name, ()))


@cache
def handed_on(folder: Path) -> dict[str, tuple[str, ...]]:
    """The face of a folder: name → the file inside it, as the runtime table says."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree(folder / "__init__.py")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hand_on":
            for word in node.keywords:
                told = ast.literal_eval(word.value)
                table = told if word.arg is None else {word.arg: told}
                found |= {name: tuple(file.split(".")) for file, names in table.items() for name in names.split()}
    return found


def typed_face(folder: Path) -> dict[str, str]:
    """The same as the type checker sees it: name → module."""
    own = tree(folder / "__init__.py")
    blocks = [n for n in own.body if isinstance(n, ast.If)]
    return {
        alias.asname or alias.name: str(node.module)
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@cache
def arrows(house: Path) -> frozenset[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every import inside the house: from which file to which."""
    found = {(room(house, path), target(house, one)) for path in modules(house) for one in imports(path)}
    return frozenset((own, to) for own, to in found if own and to)


def upward(house: Path) -> list[str]:
    """Imports that climb the staircase, anywhere in the house."""
    floor = {name: level for level, name in enumerate(STAIRCASE)}
    climbing = ((own, to) for own, to in arrows(house) if floor[to[0]] > floor[own[0]])
    return [f"{'/'.join(own)} -> {'/'.join(to)}" for own, to in climbing]


def both_ways(house: Path) -> list[str]:
    """Folders whose own files import a sub-folder and are imported by it, or two children that import each other."""
    found = []
    for folder in [house, *(p for p in house.rglob("*") if p.is_dir())]:
        depth = len(folder.relative_to(house).parts)
        edges = {(a, b) for a, b in _edges(house, folder, depth) if a != b}
        found += [f"{folder.name}: {a} <-> {b}" for a, b in edges if a < b and (b, a) in edges]
    return found


def _edges(house: Path, folder: Path, depth: int) -> set[tuple[str, str]]:
    """Imports between the children of a folder; its own files count as one child when they face a sub-folder."""
    here = folder.relative_to(house).parts
    inside = ((own, to) for own, to in arrows(house) if own[:depth] == here == to[:depth])
    pairs = {(_child(folder, a[depth]), _child(folder, b[depth])) for a, b in inside if min(len(a), len(b)) > depth}
    return pairs if depth else set()


def _child(folder: Path, name: str) -> str:
    return name if (folder / name).is_dir() else "its own files"


def cycles(house: Path) -> dict[str, set[str]]:
    """Files that import each other in a circle."""
    graph: dict[str, set[str]] = {"/".join(room(house, path)): set() for path in modules(house)}
    for own, to in arrows(house):
        if own != to:
            graph["/".join(own)].add("/".join(to))
    done: set[str] = set()
    while free := {
        name for name, needs in graph.items() if name not in done and (needs & graph.keys()) - {name} <= done
    }:
        done |= free
    return {name: needs - done for name, needs in graph.items() if name not in done}


def past_the_door(house: Path) -> list[str]:
    """Imports from outside a folder that do not go through its face, and private names taken from another file."""
    found = []
    for path in modules(house):
        own = path.relative_to(house).parts[:-1]
        for one in imports(path):
            parts = tuple(one.source.split(".")[1:]) if one.source.split(".")[0] == house.name else ()
            if path.name == "__init__.py" and parts[: len(own)] == own:
                continue
            if one.name.startswith("_") and parts and not one.name.startswith("__"):
                found.append(f"{path.stem}: {one.source}.{one.name} is private")
            if not parts or parts[0] == OPEN_ROOM or house.joinpath(*parts).is_dir():
                continue
            if len(parts) > 1 and own[: len(parts) - 1] != parts[:-1]:
                found.append(f"{'/'.join(own)}/{path.stem}: {one.source}.{one.name}")
    return found


@pytest.mark.parametrize("rule", [upward, both_ways, past_the_door], ids=lambda rule: rule.__name__)
def test_the_staircase(rule: type) -> None:
    assert rule(TOOLKIT) == []


def test_no_cycles() -> None:
    assert cycles(TOOLKIT) == {}


PLANTED = {
    "upward": ("audit/checks/planted.py", "from toolkit.batch import run_batch", "audit/checks/planted -> batch"),
    "both_ways": (
        "audit/prose/reading/planted.py",
        "from toolkit.audit.prose.proofread import proofread_report",
        "prose: its own files <-> reading",
    ),
    "past_the_door": (
        "publishing/planted.py",
        "from toolkit.audit.checks.registry import CHECKS",
        "publishing/planted: toolkit.audit.checks.registry.CHECKS",
    ),
}


def test_a_planted_violation_in_a_sub_folder_is_found(tmp_path: Path) -> None:
    house = tmp_path / "toolkit"
    for path in modules():
        copy = house / path.relative_to(TOOLKIT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    for where, line, _ in PLANTED.values():
        (house / where).write_text(f"{line}\n", "utf-8")
    for rule in (upward, both_ways, past_the_door):
        told = rule(house)
        assert any(one.startswith(PLANTED[rule.__name__][2]) for one in told), (rule.__name__, told)


def test_a_face_is_what_it_says() -> None:
    """What the type checker sees and what is loaded are the same, and something outside uses each name."""
    used = {(one.source, one.name) for path in modules() for one in imports(path)}
    for init in TOOLKIT.rglob("__init__.py"):
        package = ".".join(("toolkit", *init.parent.relative_to(TOOLKIT).parts))
        table = {name: ".".join((package, *file)) for name, file in handed_on(init.parent).items()}
        assert table == typed_face(init.parent), package
        assert init.parent == TOOLKIT or {name for name in table if (package, name) not in used} == set(), package


def test_folders_are_small() -> None:
    for folder in [TOOLKIT, *(p for p in TOOLKIT.rglob("*") if p.is_dir() and list(p.glob("*.py")))]:
        children = [p for p in folder.iterdir() if not p.name.startswith("__") and p.name != "py.typed"]
        limit = MOST_ENTRIES if folder == TOOLKIT else MOST_CHILDREN
        assert len(children) <= limit, f"{folder.name}: {len(children)}"


@pytest.mark.parametrize("path", [*modules(), *sorted((ROOT / "tests").rglob("*.py"))], ids=lambda p: p.stem)
def test_files_end(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def test_functions_are_small() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.body[0].lineno + 1 - _documented(node)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[-1] <= MOST_FUNCTION_LINES
    assert statistics.median(lengths) <= MEDIAN
    assert lengths[int(len(lengths) * 0.9)] <= P90


def _documented(node: ast.FunctionDef) -> int:
    """Lines of the docstring: documentation is not size."""
    first = node.body[0]
    has = ast.get_docstring(node) is not None
    return (first.end_lineno or 0) - first.lineno + 1 if has else 0


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
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
    for path in modules():
        names = {one.source for one in imports(path)} | {f"{one.source}.{one.name}" for one in imports(path)}
        assert not {n for n in names if n in NETWORK or n.split(".")[0] in NETWORK}, path
        live = room(TOOLKIT, path)[:2] == ("doors", "excel")
        assert "xlwings" not in {n.split(".")[0] for n in names} or live, path
        calls = {n.func.id for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        assert not calls & {"eval", "exec", "compile", "__import__"}, path


def test_only_its_room_reads_a_packs_text() -> None:
    """A pack is read into typed values as it is loaded; elsewhere a missing entry would be found out too late."""
    for path in modules():
        if room(TOOLKIT, path)[:1] == ("pack",):
            continue
        told = [ast.unparse(n.value) for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute) and n.attr == "raw"]
        assert [name for name in told if name.rpartition(".")[2] in {"pack", "above", "settings"}] == [], path


def test_engines_know_nothing_of_the_trade() -> None:
    """They import only the ground, and no word of 自评 stands in their code."""
    for path in modules(TOOLKIT / "engines"):
        code = _words(path)
        assert not [word for word in code if "自评" in word], path
        rooms = {to[0] for one in imports(path) if (to := target(TOOLKIT, one))}
        assert rooms <= {"core", "engines"}, path


def _words(path: Path) -> list[str]:
    """The texts of a file less its documentation."""
    documentation = {id(n.body[0].value) for n in ast.walk(tree(path)) if _has_docstring(n)}  # type: ignore[attr-defined]
    return [
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


def test_nothing_of_a_province_or_year_in_code() -> None:
    """Weights, years and places live in the pack."""
    pattern = re.compile(r"湖南|益阳|安徽|四川|海南|湘财|财预")
    assert [f"{path.stem}: {word}" for path in modules() for word in _words(path) if pattern.search(word)] == []


RULES_OF_ITS_OWN = Path("core/findings.py")  # rules of the workbook itself, whatever the pack


def rule_ids(house: Path) -> list[str]:
    """Ids of rules in code: a pack numbers its rules as it likes, so code asks for a rule by its check or its topic."""
    pattern = re.compile(r"[A-Z]\d\d|.*\[[A-Z]\d\d\]")
    files = [path for path in modules(house) if path.relative_to(house) != RULES_OF_ITS_OWN]
    return [f"{path.stem}: {word}" for path in files for word in _words(path) if pattern.fullmatch(word)]


def test_no_rule_id_in_code(tmp_path: Path) -> None:
    assert rule_ids(TOOLKIT) == []
    planted = tmp_path / "planted.py"
    planted.write_text('"""A03 may be told of."""\nFOUND = rule.id == "A03"\nTOLD = f"{text}[T04]"\n', "utf-8")
    assert len(rule_ids(tmp_path)) == 2


@cache
def list_words() -> frozenset[str]:
    """What staff choose from in the drop-downs of all packs; words of two signs are everybody's."""
    packs = (tomllib.loads(p.read_text("utf-8")) for p in (ROOT / "workbook_templates").glob("*/pack.toml"))
    lists = (words for pack in packs for words in pack.get("lists", {}).values())
    return frozenset(word for words in lists for word in words if len(word) > 2)


PRINTED = {"不公开"}  # what a public edition prints, not what it asks for


def trade_words(house: Path) -> list[str]:
    """Words of a form that code looks for: a literal of its own, or in a pattern; messages may say anything."""
    found = []
    for path in modules(house):
        patterns = {
            id(text)
            for call in ast.walk(tree(path))
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"late", "compiled"}
            for text in ast.walk(call)
        }
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                inside = id(node) in patterns and any(word in node.value for word in list_words())
                if inside or (node.value in list_words() - PRINTED):
                    found.append(f"{path.stem}: {node.value}")
    return found


def test_no_word_of_a_form_is_looked_for_in_code(tmp_path: Path) -> None:
    """They are another province's tomorrow: the pack says them."""
    assert trade_words(TOOLKIT) == []
    planted = tmp_path / "planted.py"
    planted.write_text(
        '_COST = "成本指标"\n_FUND = late(r"政府性基金|专户")\nTOLD = f"没有{name}的成本指标"\n', "utf-8"
    )
    assert len(trade_words(tmp_path)) == 2


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def test_tests_mirror_the_rooms() -> None:
    """A folder of tests is a room of the house; helpers live in support/ and no test imports another."""
    extra = {"support", "cases", "fuzz", "office", "pictures"}
    folders = {p.parent.relative_to(ROOT / "tests") for p in (ROOT / "tests").rglob("test_*.py")}
    own = {f for f in folders if f.parts and f.parts[0] not in extra}
    assert {f for f in own if not (TOOLKIT / f).is_dir()} == set()
    helpers = [p for p in (ROOT / "tests" / "support").glob("*.py") if p.stem.startswith("test_")]
    assert helpers == []


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
        "import sys\nsys.argv = ['jixiao', '--help']\nfrom toolkit.doors.cli import main\n"
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
        if path.suffix in {".py", ".md", ".toml", ".json", ".txt"} and path.is_file() and path != Path(__file__):
            assert not pattern.search(path.read_bytes()), name
