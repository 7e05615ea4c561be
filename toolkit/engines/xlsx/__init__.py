"""工作簿引擎: reading and patching .xlsx at the level of its parts; nothing is re-saved, nothing is lost."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.xlsx.formulas import address, column_letter, meaning, place_of, whole
    from toolkit.engines.xlsx.package import (
        COMPOUND_FILE,
        ENCRYPTED,
        MAIN,
        PREFIXES,
        REL_ID,
        SHEET_ORDER,
        SHEET_REL,
        SHEET_TYPE,
        STYLE_ORDER,
        Area,
        Package,
        link_to,
        open_package,
        parse_area,
        parse_xml,
        relations,
    )
    from toolkit.engines.xlsx.reading import (
        CellSource,
        FileSource,
        FormulaCell,
        Looks,
        NamedSource,
        Unseen,
        from_calamine,
        open_file,
        read_cells,
        read_texts,
        shown_at,
    )
    from toolkit.engines.xlsx.writing import (
        CellChange,
        Compiled,
        SheetEdit,
        SheetFrame,
        Value,
        WorkbookTemplate,
        add_relationship,
        add_type,
        behind_cells,
        cell_xml,
        code_name,
        compile_workbook,
        free_id,
        free_part,
        free_sheet_id,
        free_sheet_part,
        insert_in_order,
        lines_of,
        normalise_package,
        order_fonts,
        patched,
        patched_parts,
        rewritten,
        with_copies,
        without_calc_chain,
        write_parts,
        xml_bytes,
    )
    from toolkit.engines.xlsx.zip import ANYWHERE, BEST, TYPES, Packed, inflate, joined, packed, rels_of
else:
    __getattr__ = hand_on(
        __name__,
        formulas="address column_letter meaning place_of whole",
        package=(
            "Area COMPOUND_FILE ENCRYPTED MAIN PREFIXES Package REL_ID SHEET_ORDER SHEET_REL SHEET_TYPE STYLE_ORDER "
            "link_to open_package parse_area parse_xml relations"
        ),
        reading=(
            "CellSource FileSource FormulaCell Looks NamedSource Unseen from_calamine open_file read_cells read_texts "
            "shown_at"
        ),
        writing=(
            "CellChange Compiled SheetEdit SheetFrame Value WorkbookTemplate add_relationship add_type behind_cells "
            "cell_xml code_name compile_workbook free_id free_part free_sheet_id free_sheet_part insert_in_order "
            "lines_of normalise_package order_fonts patched patched_parts rewritten with_copies without_calc_chain "
            "write_parts xml_bytes"
        ),
        zip="ANYWHERE BEST Packed TYPES inflate joined packed rels_of",
    )
