"""项目支出明细 and 项目自评表 side by side: which form is for which listed project, by code, else by name."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.core.model import Row, Section


@dataclass(frozen=True, slots=True)
class Pairing:
    """Rows and forms that belong together (对应), and what stands alone.

    Attributes:
        pairs: row and form; a second form for the same row is an extra pair.
        unlisted: forms whose project is not in the table; unformed: rows that have no form.
    """

    pairs: tuple[tuple[Row, Section], ...]
    unlisted: tuple[Section, ...]
    unformed: tuple[Row, ...]


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """A name or code without what people write differently: width, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def pairing(rows: Sequence[Row], forms: Sequence[Section]) -> Pairing:
    """Match every form to a row: code and name first, then the code alone, then the name alone."""
    named = [row for row in rows if not row.cell(row.roles.name).blank]
    pairs, unlisted = [], []
    for form in forms:
        row = _row_of(form, named)
        pairs += [(row, form)] if row else []
        unlisted += [] if row else [form]
    taken = {id(row) for row, _ in pairs}
    return Pairing(tuple(pairs), tuple(unlisted), tuple(row for row in named if id(row) not in taken))


def _row_of(form: Section, rows: Sequence[Row]) -> Row | None:
    code, name = folded(form.code), folded(form.name)
    ranked = [(_likeness(row, code, name), index) for index, row in enumerate(rows)]
    best, index = min(ranked, default=(3, 0))
    return rows[index] if best < _STRANGER else None


_STRANGER = 3


def _likeness(row: Row, code: str, name: str) -> int:
    """0 for the same code and name, 1 for the same code, 2 for the same name, 3 for a stranger."""
    same_code = bool(code) and folded(row.text(row.roles.code)) == code
    same_name = bool(name) and folded(row.name) == name
    if same_code:
        return 0 if same_name else 1
    return 2 if same_name else _STRANGER
