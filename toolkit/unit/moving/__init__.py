"""移表 (moving): an old, damaged or official form is read by its names and labels into a fresh one."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.unit.moving.claims import Stretch, stretches
    from toolkit.unit.moving.files import move_file
    from toolkit.unit.moving.match import FoundTable
    from toolkit.unit.moving.move import BOOK, Fate, Move, Moved
    from toolkit.unit.moving.pages import MOVABLE, Page, Place, Spot, Tables, read_tables
    from toolkit.unit.moving.values import table_factor
    from toolkit.unit.moving.words import MoveWords, is_serial, move_words, plain_label, years_in
else:
    __getattr__ = hand_on(
        __name__,
        claims="Stretch stretches",
        files="move_file",
        match="FoundTable",
        move="BOOK Fate Move Moved",
        pages="MOVABLE Page Place Spot Tables read_tables",
        values="table_factor",
        words="MoveWords is_serial move_words plain_label years_in",
    )
