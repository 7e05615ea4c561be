"""LibreOffice as referee (裁判): a second program that recalculates and lays out what we wrote."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., None]")

_TIMEOUT = 180
_REASON = "LibreOffice (soffice) is not installed: 没有裁判，跳过"

# 0 = always recalculate on load: cached values in the file cannot hide a wrong formula.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


def office() -> str | None:
    """Path of soffice, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def recalculate(path: Path, out_dir: Path) -> Path:
    """Load a workbook, recalculate every formula, and save it as .xlsx in `out_dir`."""
    return _convert(path, out_dir, "xlsx")


def recalculate_all(paths: list[Path], out_dir: Path) -> list[Path]:
    """The same for many workbooks with one start of LibreOffice."""
    return resaved_all(paths, out_dir, "xlsx")


def resaved_all(paths: list[Path], out_dir: Path, suffix: str) -> list[Path]:
    """Workbooks saved as another kind, with one start of LibreOffice."""
    command = [*_command(paths[0], out_dir, suffix), *map(str, paths[1:])]
    subprocess.run(command, capture_output=True, timeout=_TIMEOUT * 2, check=True)
    return [out_dir / f"{path.stem}.{suffix}" for path in paths]


def to_pdf(path: Path, out_dir: Path) -> Path:
    """Lay a workbook or a document out as PDF in `out_dir`."""
    return _convert(path, out_dir, "pdf")


def needs(there: object, reason: str) -> Callable[[Test], Test]:
    """Mark a test that another program judges: skipped with a reason where that is absent, in CI never."""

    def marking(test: Test) -> Test:
        pytest.mark.referee(test)
        marked: Test = pytest.mark.skipif(not there and not os.environ.get("CI"), reason=reason)(test)
        return marked

    return marking


def needs_office(test: Test) -> Test:
    """Mark a test that needs LibreOffice: skipped with a reason where it is absent, failed in CI."""
    pytest.mark.libreoffice(test)
    return needs(office(), _REASON)(test)


def _convert(path: Path, out_dir: Path, suffix: str) -> Path:
    target = out_dir / f"{path.stem}.{suffix}"
    if target.resolve() == path.resolve():
        raise ValueError(f"soffice would write over its input {path}")
    target.unlink(missing_ok=True)
    command = _command(path, out_dir, suffix)
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if not target.exists():
        raise RuntimeError(f"soffice made no {target.name}: {done.stdout}{done.stderr}")
    return target


@cache
def _profile() -> Path:
    """A profile of this process: workers run side by side, and a user's settings must not judge."""
    profile = Path(tempfile.mkdtemp(prefix="referee-"))
    atexit.register(shutil.rmtree, profile, ignore_errors=True)
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
    return profile


def _command(path: Path, out_dir: Path, suffix: str) -> list[str]:
    program = office()
    if program is None:
        pytest.fail("CI has no LibreOffice (soffice): 裁判缺席，不能算通过")
    return [
        program,
        f"-env:UserInstallation={_profile().resolve().as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        suffix,
        "--outdir",
        str(out_dir),
        str(path),
    ]
