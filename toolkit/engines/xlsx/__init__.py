"""工作簿引擎: reading and patching .xlsx at the level of its parts; nothing is re-saved, nothing is lost."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.xlsx.cells import (
        CellChange,
        SheetFrame,
        Value,
        cell_xml,
        code_name,
        patched,
        patched_parts,
    )
    from toolkit.engines.xlsx.copies import with_copies
    from toolkit.engines.xlsx.formulas import address, column_letter, meaning, place_of, whole
    from toolkit.engines.xlsx.heights import lines_of
    from toolkit.engines.xlsx.package import (
        COMPOUND_FILE,
        ENCRYPTED,
        MAIN,
        PREFIXES,
        REL_ID,
        SHEET_REL,
        SHEET_TYPE,
        STYLE_ORDER,
        Area,
        Package,
        add_relationship,
        add_type,
        free_id,
        free_part,
        free_sheet_id,
        free_sheet_part,
        insert_in_order,
        link_to,
        normalise_package,
        open_package,
        order_fonts,
        parse_area,
        parse_xml,
        relations,
        rewritten,
        without_calc_chain,
        write_parts,
        xml_bytes,
    )
    from toolkit.engines.xlsx.sheets import SHEET_ORDER, FormulaCell, Looks, read_cells
    from toolkit.engines.xlsx.source import (
        CellSource,
        FileSource,
        NamedSource,
        Unseen,
        from_calamine,
        open_file,
        read_texts,
        shown_at,
    )
    from toolkit.engines.xlsx.template import Compiled, SheetEdit, WorkbookTemplate, compile_workbook
    from toolkit.engines.xlsx.zip import BEST, TYPES, Packed, inflate, joined, packed, rels_of
else:
    __getattr__ = hand_on(
        __name__,
        cells="CellChange SheetFrame Value cell_xml code_name patched patched_parts",
        copies="with_copies",
        formulas="address column_letter meaning place_of whole",
        heights="lines_of",
        package=(
            "Area COMPOUND_FILE ENCRYPTED MAIN PREFIXES Package REL_ID SHEET_REL SHEET_TYPE STYLE_ORDER "
            "add_relationship add_type free_id free_part free_sheet_id free_sheet_part insert_in_order link_to "
            "normalise_package open_package order_fonts parse_area parse_xml relations rewritten "
            "without_calc_chain write_parts xml_bytes "
        ),
        sheets="FormulaCell Looks SHEET_ORDER read_cells",
        source="CellSource FileSource NamedSource Unseen from_calamine open_file read_texts shown_at",
        template="Compiled SheetEdit WorkbookTemplate compile_workbook",
        zip="BEST Packed TYPES inflate joined packed rels_of",
    )
