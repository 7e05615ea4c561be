"""移表 (moving): an old, damaged or official form is read by its names and labels into a fresh one."""

from typing import TYPE_CHECKING

from toolkit.core.faces import hand_on

if TYPE_CHECKING:
    from toolkit.unit.moving.files import move_file, printed_texts
    from toolkit.unit.moving.move import BOOK, Fate, Move, Moved, move_tables
    from toolkit.unit.moving.pages import tables_of
else:
    __getattr__ = hand_on(
        __name__,
        files="move_file printed_texts",
        move="BOOK Fate Move Moved move_tables",
        pages="tables_of",
    )
