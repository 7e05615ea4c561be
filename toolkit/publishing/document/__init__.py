"""文书: the Word report, its words, and the marks by which each figure is traced."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.document.contents import for_printer, with_contents
    from toolkit.publishing.document.context import (
        CONTEXT_NAMES,
        CONTEXT_TABLES,
        PACK_COLUMNS,
        PrintedRow,
        Report,
        Scope,
        audit_words,
        chart_formulas,
        date_text,
        lists_above,
        points,
        report_of,
        summary_of,
    )
    from toolkit.publishing.document.edits import Edit, Merged, against, texts_of, with_edits
    from toolkit.publishing.document.marks import INFIX, Mark, Place
    from toolkit.publishing.document.reached import Shape, unknown_columns
    from toolkit.publishing.document.review import MaterialLine, Materials, review_document
    from toolkit.publishing.document.template import DocumentTemplate, Print, Rendered, pack_template, sentences_of
else:
    __getattr__ = hand_on(
        __name__,
        contents="for_printer with_contents",
        context=(
            "CONTEXT_NAMES CONTEXT_TABLES PACK_COLUMNS "
            "PrintedRow Report Scope audit_words chart_formulas date_text lists_above points "
            "report_of summary_of "
        ),
        edits="Edit Merged against texts_of with_edits",
        marks="INFIX Mark Place",
        reached="Shape unknown_columns",
        review="MaterialLine Materials review_document",
        template="DocumentTemplate Print Rendered pack_template sentences_of",
    )
