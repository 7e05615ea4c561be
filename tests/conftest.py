"""In CI nothing may hide behind a missing referee: a skipped LibreOffice test is a failure there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from batch_folder import first

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["first"]  # a fixture of several test files


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped `libreoffice` test into a failed one where CI is set."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("libreoffice"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped in CI, where LibreOffice must be present"
    return report
