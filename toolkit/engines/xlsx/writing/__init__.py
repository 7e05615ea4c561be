"""写工作簿: cells of a finished file patched, templates filled, sheets copied, parts put back into a zip."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.xlsx.writing.cells import (
        CellChange,
        Value,
        cell_xml,
        patched,
        patched_parts,
    )
    from toolkit.engines.xlsx.writing.copies import with_copies
    from toolkit.engines.xlsx.writing.frames import SheetFrame, behind_cells, code_name
    from toolkit.engines.xlsx.writing.heights import lines_of
    from toolkit.engines.xlsx.writing.parts import (
        add_relationship,
        add_type,
        free_id,
        free_part,
        free_sheet_id,
        free_sheet_part,
        insert_in_order,
        normalise_package,
        order_fonts,
        rewritten,
        without_calc_chain,
        write_parts,
        xml_bytes,
    )
    from toolkit.engines.xlsx.writing.template import Compiled, SheetEdit, WorkbookTemplate, compile_workbook
else:
    __getattr__ = hand_on(
        __name__,
        cells="CellChange Value cell_xml patched patched_parts",
        copies="with_copies",
        frames="SheetFrame behind_cells code_name",
        heights="lines_of",
        parts=(
            "add_relationship add_type free_id free_part free_sheet_id free_sheet_part insert_in_order "
            "normalise_package order_fonts rewritten without_calc_chain write_parts xml_bytes"
        ),
        template="Compiled SheetEdit WorkbookTemplate compile_workbook",
    )
