"""同样的输入，同样的字节: every kind of file again, in another process with another order of its sets."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from artefacts import artefacts_of_batch, artefacts_of_units

SUPPORT = Path(__file__).parents[1] / "support"
AGAIN = """
import hashlib, json, sys
from pathlib import Path
from artefacts import artefacts_of_batch, artefacts_of_units
made = artefacts_of_units(Path(sys.argv[1])) | artefacts_of_batch(Path(sys.argv[1]))
print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in made.items()}))
"""


def test_every_kind_of_file_has_the_same_bytes_again(tmp_path: Path) -> None:
    here, there = tmp_path / "一" / "同名", tmp_path / "二" / "同名"
    here.mkdir(parents=True)
    there.mkdir(parents=True)
    other = {
        **os.environ,
        "PYTHONPATH": str(SUPPORT),
        "PYTHONHASHSEED": "7",
        "TZ": "America/New_York",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, str(there)], env=other, capture_output=True, text=True, check=True, timeout=300
    )
    made = artefacts_of_units(here) | artefacts_of_batch(here)
    first = {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}
    assert len(first) > 30
    assert {"汇总表.xlsx", "通报.docx", "总览.html", "退回意见.docx"} <= {name.rpartition("/")[2] for name in first}
    assert json.loads(done.stdout) == first
