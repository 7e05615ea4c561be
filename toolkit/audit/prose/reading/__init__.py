"""读数: paragraphs, figures and what they are figures of."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.reading.breakdowns import Breakdown, bare_name, blocks, breakdowns_of, is_family
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
    from toolkit.audit.prose.reading.grammar import MEASURES, Grammar, grammar_of
    from toolkit.audit.prose.reading.intervals import Interval
    from toolkit.audit.prose.reading.mentions import Mention, Passage, Role, Sentence, clause, direction, stem
    from toolkit.audit.prose.reading.numbers import (
        TIMES,
        Quantity,
        What,
        chinese_number,
        fold,
        number_in_words,
        read_quantities,
    )
    from toolkit.audit.prose.reading.paragraphs import Numbering, Paragraph, is_contents, read_report
    from toolkit.audit.prose.reading.report import Claim, Heading, Report, concept_of
    from toolkit.audit.prose.reading.runs import Run, outer_runs, runs
else:
    __getattr__ = hand_on(
        __name__,
        breakdowns="Breakdown bare_name blocks breakdowns_of is_family",
        findings="Judged ProseFinding Sides amount bad gap_text good money quote",
        grammar="MEASURES Grammar grammar_of",
        intervals="Interval",
        mentions="Mention Passage Role Sentence clause direction stem",
        numbers="TIMES Quantity What chinese_number fold number_in_words read_quantities",
        paragraphs="Numbering Paragraph is_contents read_report",
        report="Claim Heading Report concept_of",
        runs="Run outer_runs runs",
    )
