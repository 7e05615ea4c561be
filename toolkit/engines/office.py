"""LibreOffice as a helper (转换): a file becomes a PDF, an old .xls a .xlsx, under a profile of its own.

Nothing of the user's own LibreOffice is touched, and its macros do not run.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from toolkit.core.errors import UnreadableError, UsageError

_NAMES = ("soffice", "libreoffice")

_PLACES = (
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)

_SECONDS = 180


def find_office() -> str | None:
    """The LibreOffice of this computer."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def as_pdf(path: Path) -> bytes:
    """A .xlsx, .xlsm or .docx as PDF.

    Raises:
        UsageError: there is no LibreOffice.
        UnreadableError: LibreOffice did not make a PDF of it.
    """
    office = find_office()
    if office is None:
        raise UsageError(
            "这台电脑没有 LibreOffice，不能转成 PDF。请安装 LibreOffice，"
            "或者用 Excel、WPS、Word 打开文件，在“另存为”里选 PDF。"
        )
    made = _converted(office, path.read_bytes(), path.suffix.lower(), "pdf")
    if made is None:
        raise UnreadableError(f"{path.name}：LibreOffice 转不成 PDF。请用 Excel、WPS 或 Word 打开另存一份再试。")
    return made


def as_xlsx(data: bytes, kind: str) -> bytes | None:
    """A workbook of before 2007 as .xlsx, names and formulas with it; None where LibreOffice is not, or cannot."""
    office = find_office()
    return _converted(office, data, kind, "xlsx") if office else None


def _converted(office: str, data: bytes, kind: str, wanted: str) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"source{kind}"
        source.write_bytes(data)
        profile = (Path(folder) / "profile").as_uri()
        words = [office, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", wanted]
        try:
            subprocess.run(  # noqa: S603 - LibreOffice alone, found by its name; the file's name is ours
                [*words, "--outdir", folder, str(source)], capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        made = source.with_suffix(f".{wanted}")
        return made.read_bytes() if made.is_file() else None
