"""What a result was made from: a batch redoes its work when the program changed, wherever in it that was."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.pack.digests import source_digest, toolkit_digest

HOUSE = Path(__file__).parents[2] / "toolkit"


def _house(home: Path) -> Path:
    for place in ("pipeline.py", "core/money.py", "audit/checks/texts.py", "core/dictionary.toml"):
        path = home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a", "utf-8")
    return home


@pytest.mark.parametrize("place", ["pipeline.py", "core/money.py", "audit/checks/texts.py", "core/dictionary.toml"])
def test_a_change_in_any_folder_is_noticed(tmp_path: Path, place: str) -> None:
    before = source_digest(_house(tmp_path))
    (tmp_path / place).write_text("b", "utf-8")
    assert source_digest(tmp_path) != before


def test_a_file_that_moved_or_went_is_noticed(tmp_path: Path) -> None:
    before = source_digest(_house(tmp_path))
    (tmp_path / "core/money.py").rename(tmp_path / "audit/money.py")
    moved = source_digest(tmp_path)
    (tmp_path / "audit/money.py").unlink()
    assert len({before, moved, source_digest(tmp_path)}) == 3


def test_packs_and_examples_inside_a_wheel_are_no_program(tmp_path: Path) -> None:
    before = source_digest(_house(tmp_path))
    for place in ("workbook_templates/eine/pack.toml", "examples/batch/make.py"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text("a", "utf-8")
    assert source_digest(tmp_path) == before


def test_the_program_s_own_digest_is_of_all_its_folders() -> None:
    assert toolkit_digest() == source_digest(HOUSE)
