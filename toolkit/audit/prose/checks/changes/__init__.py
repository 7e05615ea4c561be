"""增减: changes against their figures, words of direction, compared years."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.checks.changes.directions import check_compared_years
    from toolkit.audit.prose.checks.changes.growth import check_growth
else:
    __getattr__ = hand_on(
        __name__,
        directions="check_compared_years",
        growth="check_growth",
    )
