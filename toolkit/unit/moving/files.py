"""Moving a file (移表的进口): which pack it belongs to, and what its blank form prints."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.errors import PackError, UnreadableError
from toolkit.core.words import as_text
from toolkit.engines.xlsx import open_file
from toolkit.pack import FILL_NAME, default_pack, find_pack
from toolkit.unit.moving.move import Move, Printed, move_tables
from toolkit.unit.moving.pages import read_tables, workbook_pages
from toolkit.unit.read import pack_stamp

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack
    from toolkit.unit.moving.pages import Tables


def move_file(path: Path, pack: Pack | None = None) -> Move:
    """Read an old, damaged or official form; `pack` None takes the one that the file names, else the default one.

    Raises:
        UnreadableError: unreadable, or nothing in it belongs to any form of the pack.
    """
    tables = read_tables(path)
    chosen = pack or _pack_of(tables, path.parent) or default_pack()
    found = move_tables(tables, chosen, printed_on(chosen), str(path))
    if not any(line.name for line in found.lines):
        raise UnreadableError(
            f"{path.name}：没有找到“{chosen.title}”各张表里的任何一格。请确认是自评的填报表或公开的官方表；"
            "别的年度、地区的表请用 --pack 指定规则包。"
        )
    return found


def _pack_of(tables: Tables, near: Path) -> Pack | None:
    stamp = pack_stamp(tables.source) if tables.source else None
    try:
        return find_pack(stamp, near) if stamp else None
    except PackError:
        return None


@lru_cache(maxsize=16)
def printed_on(pack: Pack) -> Printed:
    """What stands on the blank form: left unchanged, nobody has filled it in."""
    source = open_file(pack.folder / FILL_NAME)
    seen = [(page.name, s.where, s.value) for page in workbook_pages(source) for s in page.spots]
    texts = frozenset(v.strip() for _, _, v in seen if isinstance(v, str))
    unseen = [sheet for sheet in source.sheet_names if sheet not in {name for name, _, _ in seen}]
    words = (v for sheet in unseen for line in source.values(sheet).values() for v in line.values())
    lists = frozenset(v.strip() for v in words if isinstance(v, str))
    return Printed(texts, frozenset((s, at, as_text(v).strip()) for s, at, v in seen), lists)
