"""LibreOffice as a helper (转换): a file becomes a PDF, an old .xls a .xlsx; formulas are worked out anew.

It runs under a profile of its own: nothing of the user's own LibreOffice is touched, and its macros do not run.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import UnreadableError, UsageError
from toolkit.engines.marks import marked_pdf

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("soffice", "libreoffice")

_PLACES = (
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)

_SECONDS = 180

_NO_MACROS, _WORD_PDF = 3, 17  # msoAutomationSecurityForceDisable, wdExportFormatPDF

_NO_PRINTER = (
    "这台电脑没有 LibreOffice，也没有能调用的 Excel 和 Word，不能转成 PDF。请安装 LibreOffice，"
    "或者用 Excel、WPS、Word 打开文件，在“另存为”里选 PDF。"
)

# Values that were saved with a workbook never hide what its formulas give.
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


def find_office() -> str | None:
    """The LibreOffice of this computer."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def as_pdf(path: Path, data: bytes) -> bytes:
    """A .xlsx, .xlsm or .docx as PDF, by LibreOffice, else by the Excel or Word of this computer; with our mark.

    `path` gives its kind and what it is called, `data` what is to be printed.

    Raises:
        UsageError: there is none of them.
        UnreadableError: it did not make a PDF of it.
    """
    (made,) = as_pdfs([(data, path.suffix.lower())])
    if made is None:
        raise UnreadableError(f"{path.name}：转不成 PDF。请用 Excel、WPS 或 Word 打开另存一份再试。")
    return made


def as_pdfs(files: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
    """Several, each with its ending, by one start of LibreOffice; None for one that cannot be made.

    Raises:
        UsageError: there is neither LibreOffice nor Excel and Word.
    """
    office = find_office()
    made = _converted(office, files, "pdf") if office else [_by_microsoft(*file) for file in files]
    return [marked_pdf(one) if one else None for one in made]


def need_printer() -> None:
    """See that something can make a PDF, before the work that comes first.

    Raises:
        UsageError: there is neither LibreOffice nor Excel and Word.
    """
    if not find_office() and not find_spec("win32com"):
        raise UsageError(_NO_PRINTER)


def _by_microsoft(data: bytes, kind: str) -> bytes | None:
    """Excel or Word over COM, on a file of its own, its macros switched off; None when it fails.

    Raises:
        UsageError: they are not on this computer.
    """
    try:
        dispatch: Any = import_module("win32com.client").DispatchEx
    except ImportError:
        raise UsageError(_NO_PRINTER) from None
    book = kind != ".docx"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / f"source{kind}", Path(folder) / "source.pdf"
        source.write_bytes(data)
        try:
            program = dispatch("Excel.Application" if book else "Word.Application")
        except Exception:  # noqa: BLE001 - whatever COM raises, the program is not there
            raise UsageError(_NO_PRINTER) from None
        try:
            program.AutomationSecurity = _NO_MACROS
            opened = (program.Workbooks if book else program.Documents).Open(str(source), ReadOnly=True)
            opened.ExportAsFixedFormat(0, str(target)) if book else opened.ExportAsFixedFormat(str(target), _WORD_PDF)
            opened.Close(False)  # noqa: FBT003 - COM takes no names here
        except Exception:  # noqa: BLE001 - COM raises its own kinds
            return None
        finally:
            program.Quit()
        return target.read_bytes() if target.is_file() else None


def as_xlsx(data: bytes, kind: str) -> bytes | None:
    """A workbook of before 2007 as .xlsx, names and formulas with it; None where LibreOffice is not, or cannot."""
    office = find_office()
    return _converted(office, [(data, kind)], "xlsx")[0] if office else None


def recalculated(books: Sequence[bytes]) -> list[bytes | None] | None:
    """Workbooks with every formula worked out anew, None for one that cannot be; None without LibreOffice."""
    office = find_office()
    return _converted(office, [(data, ".xlsx") for data in books], "xlsx", _ALWAYS_RECALCULATE) if office else None


def _converted(office: str, files: Sequence[tuple[bytes, str]], wanted: str, settings: str = "") -> list[bytes | None]:
    """All with one start of LibreOffice, which is most of the time."""
    with tempfile.TemporaryDirectory() as folder:
        home, made = Path(folder), Path(folder) / "made"
        sources = [home / f"source{number}{kind}" for number, (_, kind) in enumerate(files)]
        for source, (data, _) in zip(sources, files, strict=True):
            source.write_bytes(data)
        (home / "profile" / "user").mkdir(parents=True)
        if settings:
            (home / "profile" / "user" / "registrymodifications.xcu").write_text(settings, "utf-8")
        profile = (home / "profile").as_uri()
        words = [office, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", wanted]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - LibreOffice alone, found by its name; the files' names are ours
                [*words, "--outdir", str(made), *map(str, sources)], capture_output=True, timeout=_SECONDS, check=False
            )
        results = [made / f"{source.stem}.{wanted}" for source in sources]
        return [result.read_bytes() if result.is_file() else None for result in results]
