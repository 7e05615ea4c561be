"""查错线索: which cell is most likely wrong, and what should stand there.

From the linear relations that the rules give, exactly, with fractions: the smallest sets of typed cells (one, then
two) whose change makes every failing relation hold and breaks none that holds. They are ranked by how such slips
happen. A clue never changes a datum or a severity, and where more cells serve equally than can be shown, none is.
"""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.clues.causes import with_causes
    from toolkit.audit.clues.clues import clued
    from toolkit.audit.clues.mechanisms import MECHANISMS
else:
    __getattr__ = hand_on(__name__, causes="with_causes", clues="clued", mechanisms="MECHANISMS")
