"""规则包 (pack): everything that changes with region and year, read whole and checked for shape."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.pack.digests import file_digest, pack_digest, toolkit_digest
    from toolkit.pack.finding import PACKS_FOLDER, default_pack, find_pack, list_packs, own_packs
    from toolkit.pack.forms import FORMS_NAME, FormCell, Role, SheetForm, Style, TableArea
    from toolkit.pack.pack import (
        BULLETIN_OUTLINE,
        BULLETIN_TEMPLATE,
        DOCUMENT_NAME,
        DOCUMENT_OUTLINE,
        FILL_NAME,
        LETTER_OUTLINE,
        LETTER_TEMPLATE,
        MACRO_NAME,
        PUBLIC_NAME,
        REPORT_NAME,
        RESULT_NAME,
        SENTENCES_NAME,
        BudgetKind,
        Narrowed,
        Pack,
        packs_home,
    )
    from toolkit.pack.reading import (
        AUDIT,
        CHART,
        DATE_TEXT,
        EVIDENCE_COLUMNS,
        EXECUTION_MARK,
        EXPLANATIONS,
        FILES,
        FORM_AUDIT,
        FULL_MARK,
        INDICATOR_COLUMNS,
        LISTS,
        OWN_PARAMETERS,
        OWN_PREFIXES,
        PACK_FILE,
        POINTS,
        PUBLIC_NOTE,
        PUBLIC_NUMBER,
        PUBLIC_TOTALS,
        REASON,
        RULE_ID,
        RULE_ID_TOLD,
        RULES,
        SCORED_ITEMS,
        STAMP,
        STAMP_FORM,
        STAMP_VERSION,
        STAMP_YEAR,
        STATES,
        SUBJECTS,
        SUMMARY,
        TEXTS,
        UNCHECKED,
        Requirement,
        anchor,
        chart_name,
        json_schema,
        load_toml,
        outline_words,
        scored_name,
        source_column,
    )
    from toolkit.pack.rule_texts import RowTexts, RuleText, row_texts, rule_text
    from toolkit.pack.rules import Rule
    from toolkit.pack.scoring import (
        Indicator,
        Score,
        Scored,
        ScoringSettings,
        Sign,
        as_number,
        bounds,
        date_number,
        live_number,
        score_indicator,
        working,
    )
    from toolkit.pack.settings import (
        BatchFigure,
        BatchSettings,
        Concept,
        DisclosureSettings,
        Outlined,
        ProseSettings,
        RateWords,
        SumRule,
        Topic,
        audit_settings,
        batch_settings,
        disclosure_settings,
        prose_settings,
        required_data,
    )
else:
    __getattr__ = hand_on(
        __name__,
        digests="file_digest pack_digest toolkit_digest",
        finding="PACKS_FOLDER default_pack find_pack list_packs own_packs",
        forms="FORMS_NAME FormCell Role SheetForm Style TableArea",
        pack=(
            "BULLETIN_OUTLINE BULLETIN_TEMPLATE BudgetKind DOCUMENT_NAME DOCUMENT_OUTLINE "
            "FILL_NAME LETTER_OUTLINE LETTER_TEMPLATE MACRO_NAME Narrowed PUBLIC_NAME Pack "
            "REPORT_NAME RESULT_NAME SENTENCES_NAME packs_home "
        ),
        reading=(
            "EVIDENCE_COLUMNS FILES INDICATOR_COLUMNS PACK_FILE Requirement anchor json_schema load_toml "
            "AUDIT CHART DATE_TEXT EXPLANATIONS LISTS OWN_PREFIXES PUBLIC_NOTE PUBLIC_NUMBER PUBLIC_TOTALS RULES "
            "EXECUTION_MARK FORM_AUDIT FULL_MARK OWN_PARAMETERS POINTS REASON RULE_ID RULE_ID_TOLD SCORED_ITEMS "
            "STAMP STAMP_FORM STAMP_VERSION STAMP_YEAR STATES SUBJECTS SUMMARY TEXTS UNCHECKED chart_name "
            "outline_words scored_name source_column "
        ),
        rule_texts="RowTexts RuleText row_texts rule_text",
        rules="Rule",
        scoring=(
            "Indicator Score Scored ScoringSettings Sign as_number bounds date_number live_number "
            "score_indicator working "
        ),
        settings=(
            "BatchFigure BatchSettings Concept DisclosureSettings Outlined ProseSettings RateWords "
            "SumRule Topic audit_settings batch_settings disclosure_settings prose_settings required_data "
        ),
    )
