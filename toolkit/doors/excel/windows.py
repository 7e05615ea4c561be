"""The Windows registry (注册表), as far as the button needs it. Not verified: never run on Windows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 100  # locations that Excel may have


def read_registry(key: str, name: str) -> object:
    """A value of HKEY_CURRENT_USER; None where there is none."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None


def add_trusted_location(key: str, folder: Path) -> None:
    """Register a folder under the first free number, once.

    Raises:
        OSError: the registry cannot be written to.
    """
    if sys.platform != "win32":
        raise OSError("no registry")
    import winreg

    wanted = f"{folder}\\"
    for number in range(_MOST):
        place = f"{key}\\Location{number}"
        found = read_registry(place, "Path")
        if found == wanted:
            return
        if found is None:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, place) as opened:
                winreg.SetValueEx(opened, "Path", 0, winreg.REG_SZ, wanted)
                winreg.SetValueEx(opened, "AllowSubfolders", 0, winreg.REG_DWORD, 1)
                winreg.SetValueEx(opened, "Description", 0, winreg.REG_SZ, "jixiao")
            return
