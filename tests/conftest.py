"""What holds for all tests: which are quick, and that in CI a skipped LibreOffice test is a failure."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest
from batch_folder import first

if TYPE_CHECKING:
    from collections.abc import Generator

# Commands that tests start share their caches as a user's do, and nothing is kept in the folder of who runs the tests.
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers have what they inherit
    _CACHES = tempfile.mkdtemp(prefix="jixiao-tests-")
    atexit.register(shutil.rmtree, _CACHES, ignore_errors=True)
    os.environ["JIXIAO_CACHE"] = f"{_CACHES}/jixiao"
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):  # a command that compiles itself anew takes twice the time
        os.environ["PYTHONPYCACHEPREFIX"] = f"{_CACHES}/python"

__all__ = ["first"]  # a fixture of several test files

_QUICK_CASES = 5  # so many of each table of cases belong to the quick part, evenly taken
# A module that names one of these starts programs, builds or tries packs, writes all files of a unit, runs batches, or
# reads workbooks through openpyxl: seconds, not milliseconds.
_COSTLY = frozenset(
    {"subprocess", "build_pack", "unsound", "renamed_pack", "make_files", "run_unit", "run_batch", "ran", "first"}
    | {"openpyxl", "needs_browser", "needs_gnumeric", "needs_node", "make_units", "linprog", "slips"}
)
_ALWAYS = "test_house"  # it asks git and the command line, and every commit should hear of it


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `slow` what is costly, and all but a sample of each long table of cases: the quick part stays quick."""
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for cases in tables.values():
        step = -(-len(cases) // _QUICK_CASES)
        module = cases[0].module if isinstance(cases[0], pytest.Function) else None
        costly = module and _COSTLY & vars(module).keys() and not module.__name__.endswith(_ALWAYS)
        for number, case in enumerate(cases):
            if costly or number % step:
                case.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped `libreoffice` test into a failed one where CI is set."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("libreoffice"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped in CI, where LibreOffice must be present"
    return report
