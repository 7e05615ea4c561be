"""The `jixiao` command in this process (命令): exit code, stdout, stderr."""

from __future__ import annotations

import re
import sys

import pytest

from toolkit.doors.cli.app import cli
from toolkit.doors.cli.chinese import run

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def call(*words: object) -> int:
    """Run the command in this process: its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        return _ended(patch, words)


def jixiao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    """The same with what it said: exit code, stdout, stderr."""
    code = _ended(monkeypatch, words)
    told = capsys.readouterr()
    return code, told.out, told.err


def _ended(patch: pytest.MonkeyPatch, words: tuple[object, ...]) -> int:
    patch.setattr(sys, "argv", ["jixiao", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        run(cli)
    code = ended.value.code
    assert isinstance(code, int)
    return code
