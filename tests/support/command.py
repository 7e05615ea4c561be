"""The `jixiao` command in this process (命令): exit code, stdout, stderr."""

from __future__ import annotations

import re
import sys

import pytest

from toolkit.doors.cli.app import cli
from toolkit.doors.cli.chinese import run

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def jixiao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    """Run the command in this process: exit code, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["jixiao", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        run(cli)
    told = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, told.out, told.err
