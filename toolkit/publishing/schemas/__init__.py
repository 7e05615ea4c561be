"""机读结果的写法: the shapes of all that programs read, and the JSON Schema that is published of them."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.schemas.published import PUBLISHED, published_schema
    from toolkit.publishing.schemas.results import (
        CauseJson,
        CheckJson,
        ClueJson,
        CompletenessJson,
        EditJson,
        ExplainJson,
        FigureJson,
        FilledJson,
        FindingJson,
        FormScoreJson,
        IndicatorJson,
        MadeJson,
        MissingJson,
        ProjectJson,
        PublicFormJson,
        PublicJson,
        PublicTables,
        ScoreJson,
        SourceJson,
        TreeJson,
    )
    from toolkit.publishing.schemas.returns import (
        CarryJson,
        ChangeJson,
        CompareJson,
        FormsJson,
        LedgerJson,
        LedgerLineJson,
        MovedCellJson,
        MoveJson,
        NotMovedJson,
        RoundFindingJson,
        RoundJson,
        SideJson,
    )
else:
    __getattr__ = hand_on(
        __name__,
        published="PUBLISHED published_schema",
        results=(
            "CauseJson CheckJson ClueJson CompletenessJson EditJson ExplainJson FigureJson FilledJson FindingJson "
            "FormScoreJson IndicatorJson MadeJson MissingJson ProjectJson PublicFormJson PublicJson PublicTables "
            "ScoreJson SourceJson TreeJson"
        ),
        returns=(
            "CarryJson ChangeJson CompareJson FormsJson LedgerJson LedgerLineJson MoveJson MovedCellJson NotMovedJson "
            "RoundFindingJson RoundJson SideJson"
        ),
    )
