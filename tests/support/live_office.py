"""A live LibreOffice document for the tests (活动文档): started once, driven line by line, always killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pytest
from referee import needs, office

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

Test = TypeVar("Test", bound="Callable[..., None]")
WORKER = Path(__file__).with_name("live_office_worker.py")
# Macros run without asking, and saving as .xlsm asks nothing: there is nobody to answer.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="WarnAlienFormat" oor:op="fuse">
<value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


@cache
def system_python() -> str:
    """The Python that may have `uno`: Debian's, not that of the tests."""
    return shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3"


@cache
def _has_uno() -> bool:
    return subprocess.run([system_python(), "-c", "import uno"], capture_output=True, check=False).returncode == 0


def needs_live(test: Test) -> Test:
    """Mark a test that needs LibreOffice and python3-uno: skipped with a reason where absent, failed in CI."""
    pytest.mark.libreoffice(test)
    there = office() is not None and _has_uno()
    return needs(there, "LibreOffice with python3-uno is not installed: 没有活动文档，跳过")(test)


class LiveOffice:
    """One headless soffice with a profile of its own, and the worker that speaks UNO to it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment` is what the macros see."""
        self._folder = Path(tempfile.mkdtemp(prefix="live-office-"))
        (self._folder / "user").mkdir()
        (self._folder / "user" / "registrymodifications.xcu").write_text(_SETTINGS, "utf-8")
        pipe = self._folder.name
        self._office = subprocess.Popen(
            [
                str(office()),
                f"-env:UserInstallation={self._folder.as_uri()}",
                "--headless",
                "--norestore",
                "--nologo",
                f"--accept=pipe,name={pipe};urp;",
            ],
            env=os.environ | environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._worker = subprocess.Popen(
            [system_python(), str(WORKER), pipe],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}},
        )

    def __enter__(self) -> Self:
        """Ready."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End both processes, whatever happened."""
        with contextlib.suppress(RuntimeError, OSError, ValueError):
            self("quit")
        try:
            self._office.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._office.pid, signal.SIGKILL)
            self._office.wait()
        self._worker.kill()
        self._worker.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __call__(self, verb: str, *words: object) -> Any:  # noqa: ANN401 - whatever the document answers
        """One command of the worker."""
        assert self._worker.stdin
        assert self._worker.stdout
        self._worker.stdin.write(json.dumps([verb, *words]) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        answer = json.loads(line) if line else {"error": "the worker is gone"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]
