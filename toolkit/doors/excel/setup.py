"""宏按钮的安装与检查 (install, doctor): small steps, each with what was found and how to mend it.

What only Windows has (registry, alternate streams, Excel itself) stands behind `Computer`, so that all
else runs and is tested everywhere.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from toolkit.core.errors import ToolkitError
from toolkit.core.light import dataclass
from toolkit.engines import reason, write_file
from toolkit.engines.vba import read_project
from toolkit.engines.xlsx import open_file
from toolkit.pack import MACRO_NAME, list_packs
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks import VBA_PART, dead_buttons, macro_source

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = "button.txt"

TRUSTED = r"Software\Microsoft\Office\16.0\Excel\Security\Trusted Locations"

POLICY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"

_MACROS_OFF = 4  # VBAWarnings: all macros disabled without notice

_ZONE = ":Zone.Identifier"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at (检查项): fine, or what to do; `ok` None is for information."""

    title: str
    ok: bool | None
    told: str
    mend: str = ""


def _fine(title: str, told: str) -> Check:
    return Check(title, ok=True, told=told)


def _wrong(title: str, told: str, mend: str = "") -> Check:
    return Check(title, ok=False, told=told, mend=mend)


def _remark(title: str, told: str, mend: str = "") -> Check:
    return Check(title, ok=None, told=told, mend=mend)


class Computer(Protocol):
    """What the steps need from the computer."""

    @property
    def windows(self) -> bool:
        """Whether there can be an Excel."""

    @property
    def settings(self) -> Path:
        """The folder that the macro looks into."""

    @property
    def program(self) -> Path:
        """The Python that runs us."""

    @property
    def encoding(self) -> str:
        """How the macro reads its settings."""

    def registry(self, key: str, name: str) -> object:
        """A value of the current user's registry, None without one."""

    def trust(self, folder: Path) -> None:
        """Register a trusted location."""

    def is_blocked(self, path: Path) -> bool:
        """Whether a file carries the mark of the web."""

    def unblock(self, path: Path) -> None:
        """Take the mark off."""

    def excel_round_trip(self) -> str:
        """Start Excel, write and read one cell; its version.

        Raises:
            ToolkitError: Excel cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class ThisComputer:
    """The computer that we run on."""

    windows: bool = sys.platform == "win32"
    program: Path = Path(sys.executable)

    @property
    def encoding(self) -> str:
        """The macro reads its settings in the system's code page."""
        return "mbcs" if self.windows else "utf-8"

    @property
    def settings(self) -> Path:
        """The folder that the macro looks into; an ASCII path on Windows whatever the user is called."""
        if self.windows:
            return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "jixiao"
        return Path.home() / ".config" / "jixiao"

    def registry(self, key: str, name: str) -> object:
        """A value of the current user's registry."""
        from toolkit.doors.excel import windows

        return windows.read_registry(key, name)

    def trust(self, folder: Path) -> None:
        """Register a trusted location."""
        from toolkit.doors.excel import windows

        windows.add_trusted_location(TRUSTED, folder)

    def is_blocked(self, path: Path) -> bool:
        """Windows keeps the mark in an alternate stream."""
        return self.windows and os.path.exists(f"{path}{_ZONE}")  # noqa: PTH110 - a stream, not a path

    def unblock(self, path: Path) -> None:
        """Remove the stream."""
        with suppress(OSError):
            os.remove(f"{path}{_ZONE}")  # noqa: PTH107 - a stream, not a path

    def excel_round_trip(self) -> str:
        """Through xlwings, as the button does."""
        from toolkit.doors.excel.live import round_trip

        return round_trip()


def install(computer: Computer, trusted: Path | None = None) -> Iterator[Check]:
    """Register the program for the button, and trust a folder of workbooks where asked to."""
    yield _register(computer)
    if not computer.windows:
        yield _remark(
            "操作系统",
            "这台电脑不是 Windows，没有 Excel；按钮已登记给 LibreOffice 用。",
            "LibreOffice 里要允许宏：工具 → 选项 → 安全 → 宏安全性，把填报表所在文件夹设为可信。",
        )
        return
    yield _desktop(computer)
    if trusted is None:
        yield _remark(
            "受信任位置",
            "没有指定文件夹，没有改动 Excel 的信任设置。",
            "把存放填报表的文件夹设为受信任位置：jixiao excel install --trust 文件夹；"
            "或在 Excel 里：文件 → 选项 → 信任中心 → 受信任位置。",
        )
        return
    yield from _trusted(computer, trusted)


def _register(computer: Computer) -> Check:
    target = computer.settings / SETTINGS
    try:
        content = f"{computer.program}\r\n-m toolkit\r\n\r\n".encode(computer.encoding)
        write_file(target, content, over=True)
    except (UnicodeEncodeError, LookupError):
        return _wrong("登记程序", f"程序的路径 {computer.program} 有系统不认的字。", _ASCII)
    except ToolkitError as error:
        return _wrong("登记程序", str(error), "请用管理员身份再运行一次。")
    return _fine("登记程序", f"已登记 {computer.program}（{target}）")


_ASCII = "请把 Python 装到只有英文字母的文件夹，例如 C:\\jixiao，再运行 jixiao excel install。"


def _desktop(computer: Computer) -> Check:
    """检查.cmd, 生成报告.cmd, 移表.cmd and their like, to drop workbooks on."""
    names = []
    for source in (files("toolkit") / "doors" / "excel" / "desktop").iterdir():
        if source.name.endswith(".cmd"):
            try:
                write_file(computer.settings / source.name, source.read_bytes(), over=True)
            except ToolkitError as error:
                return _wrong("拖放文件", str(error), "请用管理员身份再运行一次。")
            names.append(source.name)
    told = f"已放在 {computer.settings}：{'、'.join(sorted(names))}。可以复制到桌面，把填报表拖上去就审核或出报告"
    return _fine("拖放文件", told)


def _trusted(computer: Computer, folder: Path) -> Iterator[Check]:
    if not folder.is_dir():
        yield _wrong("受信任位置", f"没有这个文件夹：{folder}", "请先建好文件夹。")
        return
    try:
        computer.trust(folder.resolve())
        yield _fine("受信任位置", f"已把 {folder} 设为受信任位置，重新打开 Excel 后生效")
    except OSError as error:
        yield _wrong("受信任位置", f"写不了注册表（{reason(error)}）。", "请信息部门用组策略设置受信任位置。")
    blocked = [p for p in folder.rglob("*.xlsm") if computer.is_blocked(p)]
    for path in blocked:
        computer.unblock(path)
    yield _fine("来自网络的标记", f"解除了 {len(blocked)} 个工作簿的“来自网络”标记")


def doctor(computer: Computer, workbook: Path | None = None) -> Iterator[Check]:
    """Look at everything that the button needs; nothing is changed."""
    yield _settings(computer)
    yield _path(computer)
    yield _templates()
    if workbook is not None:
        yield from _workbook(computer, workbook)
    if not computer.windows:
        yield _remark("Excel", "这台电脑不是 Windows，没有 Excel；按钮在 LibreOffice 里用。WPS 未验证。")
        return
    yield _policy(computer)
    yield _excel(computer)


def _settings(computer: Computer) -> Check:
    target = computer.settings / SETTINGS
    mend = "请运行 jixiao excel install。"
    try:
        lines = target.read_bytes().decode(computer.encoding).splitlines()
    except FileNotFoundError:
        return _wrong("登记程序", f"没有登记（{target} 不存在）。", mend)
    except (OSError, UnicodeDecodeError):
        return _wrong("登记程序", f"登记读不出来：{target}", mend)
    program = Path(lines[0]) if lines else Path()
    if not lines or not program.is_file():
        return _wrong("登记程序", f"登记的程序不在了：{program}", mend)
    return _fine("登记程序", f"{program} {lines[1] if len(lines) > 1 else ''}".rstrip())


def _path(computer: Computer) -> Check:
    text = str(computer.program)
    if computer.windows and not text.isascii():
        return _wrong("程序路径", f"路径里有非英文字：{text}", _ASCII)
    return _fine("程序路径", text)


def _templates() -> Check:
    """Every pack has its macro workbook, and the macro in it is the one that this version came with."""
    stale = []
    for pack in list_packs():
        path = pack.folder / MACRO_NAME
        try:
            modules = {m.name: m.source.splitlines() for m in read_project(open_file(path).package.parts[VBA_PART])}
        except (ToolkitError, ValueError, KeyError):
            modules = {}
        if any(modules.get(name) != text.splitlines() for name, text in macro_source().items()):
            stale.append(pack.id)
    if stale:
        return _wrong("带宏的填报表", f"缺少或不是本版本的：{'、'.join(stale)}", "请运行 jixiao pack build。")
    return _fine("带宏的填报表", "各规则包都有，宏与本版本一致")


def _workbook(computer: Computer, path: Path) -> Iterator[Check]:
    try:
        checked = check_unit(path)
    except ToolkitError as error:
        yield _wrong("工作簿", str(error))
        return
    if not checked.source.package.active_parts:
        mend = "请用 jixiao new --macro 生成带按钮的填报表，把数填过去；或直接用 jixiao check 审核。"
        yield _wrong("工作簿", f"{path.name} 里没有按钮（不带宏）。", mend)
    elif dead := dead_buttons(checked.source.package):
        mend = "请用 jixiao export、jixiao fill 把数填到新的带按钮的填报表；或直接用 jixiao check 审核。"
        yield _wrong("工作簿", f"{path.name} 的按钮指向没有的宏（{'、'.join(dead)}），按了没有反应。", mend)
    else:
        yield _fine("工作簿", f"{path.name} 能读，宏是本工具的，按钮都指向它")
    if computer.is_blocked(path):
        mend = "在文件上点右键 → 属性 → 解除锁定；或运行 jixiao excel install --trust 文件夹。"
        yield _wrong("来自网络的标记", f"{path.name} 带“来自网络”标记，Excel 会禁用宏。", mend)


def _policy(computer: Computer) -> Check:
    if computer.registry(POLICY, "VBAWarnings") == _MACROS_OFF:
        mend = "请信息部门放行受信任位置的宏；在此之前用 jixiao check、jixiao recalc，结果一样。"
        return _wrong("宏策略", "单位的策略禁用了全部宏。", mend)
    return _fine("宏策略", "没有发现禁用宏的策略")


def _excel(computer: Computer) -> Check:
    try:
        return _fine("Excel", f"能启动并读写（版本 {computer.excel_round_trip()}）")
    except ToolkitError as error:
        return _wrong("Excel", str(error), "请确认装了桌面版 Excel（不是 WPS、不是网页版），关闭后再试。")
