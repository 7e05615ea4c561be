"""读数: paragraphs, figures and what they are figures of."""

from typing import TYPE_CHECKING

from toolkit.core.faces import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.reading.findings import (
        Judged,
        ProseFinding,
        Sides,
        amount,
        bad,
        gap_text,
        good,
        money,
        quote,
    )
    from toolkit.audit.prose.reading.numbers import (
        Amount,
        Quantity,
        What,
        amounts_in,
        chinese_number,
        fold,
        read_quantities,
    )
    from toolkit.audit.prose.reading.paragraphs import Paragraph, read_report
    from toolkit.audit.prose.reading.report import Claim, Heading, Report, Sentence, concept_of
else:
    __getattr__ = hand_on(
        __name__,
        findings="Judged ProseFinding Sides amount bad gap_text good money quote",
        numbers="Amount Quantity What amounts_in chinese_number fold read_quantities",
        paragraphs="Paragraph read_report",
        report="Claim Heading Report Sentence concept_of",
    )
