"""宏引擎: a VBA project written as source and read back."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.vba.project import WORKBOOK_MODULE, read_project, same_macros, vba_project
else:
    __getattr__ = hand_on(
        __name__,
        project="WORKBOOK_MODULE read_project same_macros vba_project",
    )
