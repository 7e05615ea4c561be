"""The browser (浏览器) that the pages are looked at in: Debian's Chromium, in CI always, elsewhere where it is."""

from __future__ import annotations

import os
import shutil

import pytest

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(
    BROWSER is None and not os.environ.get("CI"), reason="no Chromium here: 页面没有在浏览器里看"
)
