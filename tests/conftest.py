"""What holds for all tests: which parts there are, and that in CI a skipped LibreOffice test is a failure."""

from __future__ import annotations

import ast
import atexit
import os
import shutil
import tempfile
from functools import cache
from typing import TYPE_CHECKING

import pytest
from batch_folder import first
from hypothesis import settings
from recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

# Commands that tests start share their caches as a user's do, and nothing is kept in the folder of who runs the tests.
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers have what they inherit
    _CACHES = tempfile.mkdtemp(prefix="jixiao-tests-")
    atexit.register(shutil.rmtree, _CACHES, ignore_errors=True)
    os.environ["JIXIAO_CACHE"] = f"{_CACHES}/jixiao"
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):  # a command that compiles itself anew takes twice the time
        os.environ["PYTHONPYCACHEPREFIX"] = f"{_CACHES}/python"

settings.register_profile("untimed", deadline=None)  # a time is measured in benchmarks/, on a quiet machine
settings.load_profile("untimed")

__all__ = ["first", "recorded"]  # fixtures of several test files

_QUICK_CASES = 5  # so many of each table of cases belong to the quick part, evenly taken
# A module that names one of these starts programs, builds or tries packs, writes all files of a unit, runs batches, or
# reads workbooks through openpyxl: seconds, not milliseconds.
_COSTLY = frozenset(
    {"subprocess", "build_pack", "unsound", "renamed_pack", "make_files", "run_unit", "run_batch", "ran", "first"}
    | {"openpyxl", "needs_browser", "needs_gnumeric", "needs_node", "make_units", "linprog", "slips"}
)
_ALWAYS = "test_house"  # it asks git and the command line, and every commit should hear of it
# What builds, or judges whole, a pack beside those that are shipped.
_PACKS = frozenset({"build_pack", "unsound", "check_pack", "renamed_pack", "make_pack", "built", "trial"})
_EVERY = 8  # `make test` takes the first of so many of them, folder by folder, so that no room is without a referee,
_LONG = 60  # and so of a table of more cases, or of more than the quick part takes where the module is costly


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record`: the tests that have answers on record, and no other, write them anew (`make answers`)."""
    parser.addoption("--record", action="store_true")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the parts: as `slow` what `make test-fast` leaves out, as `whole` what `make test` leaves to CI."""
    if config.getoption("--record"):
        items[:] = [item for item in items if "recorded" in getattr(item, "fixturenames", ())]
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    referees: dict[Path, int] = {}
    for cases in tables.values():
        step = -(-len(cases) // _QUICK_CASES)
        module = cases[0].module if isinstance(cases[0], pytest.Function) else None
        costly = module and _COSTLY & vars(module).keys() and not module.__name__.endswith(_ALWAYS)
        costly = costly or cases[0].get_closest_marker("slow")
        long = len(cases) > (_QUICK_CASES if costly else _LONG)
        dear, first_of, room = _is_dear(cases[0]), 0, cases[0].path.parent
        if dear and not cases[0].get_closest_marker("whole"):  # what is dearest leaves its turn to another of its room
            first_of = referees.get(room, 0)
            referees[room] = first_of + len(cases)
        for number, case in enumerate(cases):
            if costly or number % step:
                case.add_marker(pytest.mark.slow)
            if (dear or long) and (first_of + number) % _EVERY:
                case.add_marker(pytest.mark.whole)


def _is_dear(item: pytest.Item) -> bool:
    """Whether another program judges, or a whole pack is built or tried, in a test or in what it uses of its file."""
    if item.get_closest_marker("referee"):
        return True
    uses, found, waiting = _uses(item.path), set[str](), [item.nodeid.rpartition("::")[2].partition("[")[0]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += uses.get(name, ())
    return bool(found & _PACKS)


@cache
def _uses(path: Path) -> Mapping[str, set[str]]:
    """Each function of a file of tests, and the names in it: what it calls, and the fixtures it asks for."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        function.name: {
            node.id if isinstance(node, ast.Name) else node.arg
            for node in ast.walk(function)
            if isinstance(node, ast.Name | ast.arg)
        }
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped `libreoffice` test into a failed one where CI is set."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("libreoffice"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped in CI, where LibreOffice must be present"
    return report
