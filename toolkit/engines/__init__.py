"""引擎 (engines): formulas, files, workers. They know nothing of 自评 and nothing of packs."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.files import (
        OTHER_BOOKS,
        folder_name,
        keep_input,
        keep_inputs,
        make_folder,
        other_book,
        read_input,
        reason,
        remove_file,
        safe_name,
        same_file,
        way_to,
        write_file,
        write_with,
        write_zip,
    )
    from toolkit.engines.linear import Bounds, Ranges, Relation, determined
    from toolkit.engines.marks import is_ours, mark_zip
    from toolkit.engines.office import as_pdf, as_pdfs, as_xlsx, need_printer, recalculated
    from toolkit.engines.workers import TIMEOUT, Lost, run_tasks
else:
    __getattr__ = hand_on(
        __name__,
        files=(
            "OTHER_BOOKS folder_name keep_input keep_inputs make_folder other_book read_input reason "
            "remove_file safe_name same_file way_to write_file write_with write_zip "
        ),
        linear="Bounds Ranges Relation determined",
        marks="is_ours mark_zip",
        office="as_pdf as_pdfs as_xlsx need_printer recalculated",
        workers="Lost TIMEOUT run_tasks",
    )
