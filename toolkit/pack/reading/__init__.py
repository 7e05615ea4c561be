"""读规则包: TOML of a pack and of the packs that it extends, as plain data."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.pack.reading.altering import (
        altered_outline,
        altered_sheets,
        anchor,
        bare_title,
        in_their_order,
        inherited_outline,
        outline_words,
        repeated,
        unfolded,
    )
    from toolkit.pack.reading.chain import PACK_FILE, read_chain, supplemented
    from toolkit.pack.reading.dropping import drawn_cells, drawn_without, text_without, who_fills
    from toolkit.pack.reading.names import (
        added_later,
        form_kinds,
        kind_of,
        level_weights,
        mark_of,
        picked,
        read_dictionary,
        second_weights,
    )
    from toolkit.pack.reading.own_names import (
        ADDED,
        AUDIT,
        BREACHES,
        CHART,
        CHOSEN,
        DATE_TEXT,
        EXECUTION_MARK,
        EXPLANATIONS,
        FORM_AUDIT,
        FULL_MARK,
        GIVEN,
        INDICATOR_COLUMNS,
        LISTS,
        OWN_PARAMETERS,
        OWN_PREFIXES,
        POINTS,
        PUBLIC_NOTE,
        PUBLIC_NUMBER,
        PUBLIC_TOTALS,
        RATIO,
        REASON,
        RULE_ID,
        RULE_ID_TOLD,
        RULES,
        SCORED,
        SCORED_ITEMS,
        STAMP,
        STAMP_FORM,
        STAMP_VERSION,
        STAMP_YEAR,
        STATES,
        SUBJECTS,
        SUMMARY,
        TAKEN,
        TEXTS,
        UNCHECKED,
        chart_name,
        scored_name,
        source_column,
    )
    from toolkit.pack.reading.required import Requirement, cover_lines, read_requirements
    from toolkit.pack.reading.schema import EVIDENCE_COLUMNS, FILES, json_schema
    from toolkit.pack.reading.supplement import Supplement, read_supplement
    from toolkit.pack.reading.text import (
        expand,
        form_parameters,
        level_parameters,
        load_toml,
        money_parameters,
        read_expanded,
        year_parameters,
    )
else:
    __getattr__ = hand_on(
        __name__,
        altering=(
            "altered_outline altered_sheets anchor bare_title in_their_order inherited_outline outline_words "
            "repeated unfolded"
        ),
        chain="PACK_FILE read_chain supplemented",
        dropping="drawn_cells drawn_without text_without who_fills",
        names="added_later form_kinds kind_of level_weights mark_of picked read_dictionary second_weights",
        own_names=(
            "ADDED BREACHES CHOSEN GIVEN POINTS RATIO REASON SCORED SCORED_ITEMS TAKEN scored_name "
            "AUDIT CHART DATE_TEXT EXPLANATIONS LISTS OWN_PREFIXES PUBLIC_NOTE PUBLIC_NUMBER PUBLIC_TOTALS RULES "
            "RULE_ID RULE_ID_TOLD EXECUTION_MARK FORM_AUDIT FULL_MARK INDICATOR_COLUMNS OWN_PARAMETERS source_column "
            "STAMP STAMP_FORM STAMP_VERSION STAMP_YEAR STATES SUBJECTS SUMMARY TEXTS UNCHECKED chart_name "
        ),
        required="Requirement cover_lines read_requirements",
        schema="EVIDENCE_COLUMNS FILES json_schema",
        supplement="Supplement read_supplement",
        text="expand form_parameters level_parameters load_toml money_parameters read_expanded year_parameters",
    )
