"""读工作簿: cells, shared texts and looks of a file as it stands, read through event streams."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.xlsx.reading.sheets import FormulaCell, Looks, read_cells
    from toolkit.engines.xlsx.reading.source import (
        CellSource,
        FileSource,
        NamedSource,
        Unseen,
        from_calamine,
        open_file,
        shown_at,
    )
    from toolkit.engines.xlsx.reading.texts import read_texts
else:
    __getattr__ = hand_on(
        __name__,
        sheets="FormulaCell Looks read_cells",
        source="CellSource FileSource NamedSource Unseen from_calamine open_file shown_at",
        texts="read_texts",
    )
