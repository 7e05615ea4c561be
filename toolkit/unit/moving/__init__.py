"""移表 (moving): an old, damaged or official form is read by its names and labels into a fresh one."""

from typing import TYPE_CHECKING

from toolkit.core.faces import hand_on

if TYPE_CHECKING:
    from toolkit.unit.moving.files import move_file
    from toolkit.unit.moving.move import BOOK, Fate, Move, Moved
else:
    __getattr__ = hand_on(
        __name__,
        files="move_file",
        move="BOOK Fate Move Moved",
    )
