"""工作簿: the filled form, the report workbook, the marked return, what the button writes."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.workbooks.added import ListSheet, feedback_workbook, shown_first, with_list
    from toolkit.publishing.workbooks.fill import fill_workbook, refuse_unbuilt
    from toolkit.publishing.workbooks.macros import (
        VBA_PART,
        dead_buttons,
        macro_source,
        with_clean_macros,
        with_code_names,
    )
    from toolkit.publishing.workbooks.marks import (
        FIRST_ROW,
        MACROS,
        MARK,
        MESSAGES,
        MIRROR,
        MODULE,
        RESULT_HEADS,
        RESULT_SHEET,
        RESULTS,
        ROOM,
        STATUS,
        TOOL,
        Pressed,
        has_places,
        pressed,
        sentence,
    )
    from toolkit.publishing.workbooks.moved import MovedWorkbook, moved_workbook
    from toolkit.publishing.workbooks.report import (
        beyond_room,
        public_workbook,
        report_workbook,
        text_formulas,
    )
else:
    __getattr__ = hand_on(
        __name__,
        added="ListSheet feedback_workbook shown_first with_list",
        fill="fill_workbook refuse_unbuilt",
        macros="VBA_PART dead_buttons macro_source with_clean_macros with_code_names",
        marks=(
            "FIRST_ROW MACROS MARK MESSAGES MIRROR MODULE Pressed RESULTS RESULT_HEADS RESULT_SHEET ROOM "
            "STATUS TOOL has_places pressed sentence "
        ),
        moved="MovedWorkbook moved_workbook",
        report="beyond_room public_workbook report_workbook text_formulas",
    )
