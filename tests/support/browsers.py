"""The browser (浏览器) that the pages are looked at in: Debian's Chromium, in CI always, elsewhere where it is."""

from __future__ import annotations

import shutil

from referee import needs

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
needs_browser = needs(BROWSER, "no Chromium here: 页面没有在浏览器里看")
