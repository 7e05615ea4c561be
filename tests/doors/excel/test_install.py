"""`jixiao excel install|doctor` (安装与检查): every step but the registry and Excel itself, on a made-up computer."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from command import jixiao
from samples import DEMO, filled_example, macro_example

from toolkit.core.errors import UsageError
from toolkit.doors.excel.press import ends_in_time
from toolkit.doors.excel.setup import POLICY, SETTINGS, Check, doctor, install
from toolkit.doors.excel.windows import add_trusted_location, read_registry
from toolkit.engines.xlsx.package import open_package
from toolkit.engines.xlsx.zip import replace_parts

if TYPE_CHECKING:
    import pytest


@dataclass
class Pretended:
    """A computer as the steps see it."""

    settings: Path
    windows: bool = True
    program: Path = Path(shutil.which("sh") or sys.executable)  # a program on an English path, wherever we run
    encoding: str = "gbk"
    blocked: set[str] = field(default_factory=set)
    trusted: list[Path] = field(default_factory=list)
    warnings: int | None = None
    excel: str = ""

    def registry(self, key: str, name: str) -> object:
        return self.warnings if (key, name) == (POLICY, "VBAWarnings") else None

    def trust(self, folder: Path) -> None:
        self.trusted.append(folder)

    def is_blocked(self, path: Path) -> bool:
        return path.name in self.blocked

    def unblock(self, path: Path) -> None:
        self.blocked.discard(path.name)

    def excel_round_trip(self) -> str:
        if not self.excel:
            raise UsageError("启动不了 Excel（没有注册类）。")
        return self.excel


def _wrong(checks: list[Check]) -> dict[str, str]:
    return {c.title: c.told for c in checks if c.ok is False}


DROPS = {
    f"{name}.cmd" for name in ("检查", "生成报告", "移表", "过录", "对比", "核对改稿", "佐证台账", "项目表", "转PDF")
}


def test_install_registers_the_program_for_the_macro(tmp_path: Path) -> None:
    """The macro reads program, arguments and seconds line by line, in the system's code page, with CRLF."""
    computer = Pretended(tmp_path / "jixiao", program=Path("C:/工具/python.exe"))
    assert _wrong(list(install(computer))) == {}
    text = (computer.settings / SETTINGS).read_bytes().decode("gbk")
    assert text == f"{computer.program}\r\n-m toolkit\r\n\r\n"
    assert {p.name for p in computer.settings.glob("*.cmd")} == DROPS


def test_install_trusts_a_folder_and_unblocks_its_workbooks(tmp_path: Path) -> None:
    folder = tmp_path / "填报 表"
    folder.mkdir()
    (folder / "某局.xlsm").write_bytes(macro_example())
    computer = Pretended(tmp_path / "jixiao", blocked={"某局.xlsm"})
    told = [c.told for c in install(computer, folder)]
    assert computer.trusted == [folder]
    assert computer.blocked == set()
    assert any("解除了 1 个" in t for t in told)
    assert "受信任位置" in _wrong(list(install(computer, tmp_path / "没有")))


def test_a_program_path_that_the_code_page_cannot_say(tmp_path: Path) -> None:
    computer = Pretended(tmp_path / "jixiao", program=Path("C:/\U0001f600/python.exe"))
    assert "登记程序" in _wrong(list(install(computer)))
    assert not (computer.settings / SETTINGS).exists()


def test_doctor_on_a_sound_computer(tmp_path: Path) -> None:
    path = tmp_path / "某局.xlsm"
    path.write_bytes(macro_example())
    computer = Pretended(tmp_path / "jixiao", excel="16.0")
    list(install(computer))
    assert _wrong(list(doctor(computer, path))) == {}


def test_doctor_names_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "某局.xlsm"
    path.write_bytes(macro_example())
    computer = Pretended(tmp_path / "jixiao", program=Path("C:/张三/python.exe"), blocked={"某局.xlsm"}, warnings=4)
    checks = list(doctor(computer, path))
    assert set(_wrong(checks)) == {"登记程序", "程序路径", "来自网络的标记", "宏策略", "Excel"}
    assert all(c.mend for c in checks if c.ok is False)
    list(install(computer))
    assert "不在了" in _wrong(list(doctor(computer)))["登记程序"]
    plain = tmp_path / "某局.xlsx"
    plain.write_bytes(filled_example(DEMO))
    assert "没有按钮" in _wrong(list(doctor(computer, plain)))["工作簿"]
    assert "工作簿" in _wrong(list(doctor(computer, tmp_path / "没有.xlsm")))


def test_elsewhere_a_clear_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On other systems the button is registered for LibreOffice; doctor first fails, then is content."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    code, _, err = jixiao(capsys, monkeypatch, "excel", "doctor")
    assert (code, "jixiao excel install" in err) == (1, True)
    code, _, err = jixiao(capsys, monkeypatch, "excel", "install")
    assert code == 0
    assert "不是 Windows" in err
    assert (tmp_path / ".config" / "jixiao" / SETTINGS).is_file()
    assert jixiao(capsys, monkeypatch, "excel", "doctor")[0] == 0
    assert jixiao(capsys, monkeypatch, "excel", "button", "check")[0] == 2


def test_no_registry_elsewhere(tmp_path: Path) -> None:
    assert read_registry("Software", "x") is None
    try:
        add_trusted_location("Software", tmp_path)
    except OSError as error:
        assert "registry" in str(error)  # noqa: PT017 - on Windows it would succeed


def test_drop_targets_are_ascii_with_crlf() -> None:
    """cmd.exe reads a .cmd in the console's code page, so its content is ASCII; the commands exist."""
    found = {p.name: p.read_bytes() for p in (files("toolkit") / "doors" / "excel" / "desktop").iterdir()}
    assert set(found) == DROPS
    for data in found.values():
        text = data.decode("ascii")
        assert text.count("\n") == text.count("\r\n")
        assert '"%~1"' in text
        assert set(re.findall(r"%RUN% (\w+)", text)) <= {
            "check",
            "run",
            "move",
            "new",
            "compare",
            "proofread",
            "evidence",
            "forms",
            "pdf",
        }


def test_doctor_names_a_button_bound_to_no_macro(tmp_path: Path) -> None:
    package = open_package(macro_example())
    drawings = {n: d.replace(b".MakeReport<", b".MakeReprot<") for n, d in package.parts.items() if n.endswith(".vml")}
    path = tmp_path / "某局.xlsm"
    path.write_bytes(replace_parts(macro_example(), drawings))
    computer = Pretended(tmp_path / "jixiao", excel="16.0")
    list(install(computer))
    told = _wrong(list(doctor(computer, path)))
    assert set(told) == {"工作簿"}
    assert "jixiao.MakeReprot" in told["工作簿"]


def test_a_press_that_hangs_ends_itself_and_one_that_ends_leaves_no_timer() -> None:
    hanging = "import time; from toolkit.doors.excel.press import ends_in_time\nwith ends_in_time(0.2): time.sleep(60)"
    done = subprocess.run([sys.executable, "-c", hanging], check=False, timeout=30)
    assert done.returncode == 5
    with ends_in_time(30):
        assert any(isinstance(t, threading.Timer) and not t.finished.is_set() for t in threading.enumerate())
    assert not any(isinstance(t, threading.Timer) and not t.finished.is_set() for t in threading.enumerate())
