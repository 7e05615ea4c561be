"""评分 (scoring): settings, the score of an indicator or of an item, and the same as Excel text."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.pack.scoring.formulas import finder
    from toolkit.pack.scoring.items import Scored, points_formula, read_scored, with_scored, working
    from toolkit.pack.scoring.points import (
        Indicator,
        Score,
        as_number,
        bounds,
        date_number,
        live_number,
        score_indicator,
    )
    from toolkit.pack.scoring.settings import ScoringSettings, Sign, scoring_of
else:
    __getattr__ = hand_on(
        __name__,
        formulas="finder",
        items="Scored points_formula read_scored with_scored working",
        points="Indicator Score as_number bounds date_number live_number score_indicator",
        settings="ScoringSettings Sign scoring_of",
    )
