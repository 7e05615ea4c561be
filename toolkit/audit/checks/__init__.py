"""检查项: the checks that no formula can say, each a function that yields answers."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.checks.context import Answer, Audit, failed, passed, unchecked
    from toolkit.audit.checks.indicators import approved_lines
    from toolkit.audit.checks.registry import CHECKS, amounts_told
    from toolkit.audit.checks.scores import share_earned, unjudged_rows
    from toolkit.audit.checks.walks import lines_of
else:
    __getattr__ = hand_on(
        __name__,
        context="Answer Audit failed passed unchecked",
        indicators="approved_lines",
        registry="CHECKS amounts_told",
        scores="share_earned unjudged_rows",
        walks="lines_of",
    )
