"""LibreOffice as a printer (打印): a workbook or a document becomes a PDF, under a profile of its own.

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
    with tempfile.TemporaryDirectory() as folder:
        home, source = Path(folder), Path(folder) / f"source{path.suffix.lower()}"
        source.write_bytes(path.read_bytes())
        profile = (home / "profile").as_uri()
        words = [office, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", "pdf"]
        try:
            subprocess.run(  # noqa: S603 - LibreOffice alone, found by its name; the file's name is ours
                [*words, "--outdir", folder, str(source)], capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise UnreadableError(f"{path.name}：LibreOffice 在 {_SECONDS} 秒内没有转完。") from None
        made = source.with_suffix(".pdf")
        if not made.is_file():
            raise UnreadableError(f"{path.name}：LibreOffice 转不成 PDF。请用 Excel、WPS 或 Word 打开另存一份再试。")
        return made.read_bytes()
