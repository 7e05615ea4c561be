"""核对项: sums, changes and ratios; what is said twice; the layout. One kind of claim a folder."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.checks.changes import check_compared_years, check_growth
    from toolkit.audit.prose.checks.layout import (
        check_base_data,
        check_cover,
        check_numbering,
        check_outline,
        check_residue,
        check_rough,
        check_unit,
        check_wording,
        check_year,
    )
    from toolkit.audit.prose.checks.ratios import check_rates
    from toolkit.audit.prose.checks.repeats import (
        check_repeats,
        check_scores,
        check_tables,
        check_twice,
        scores,
        stated_grade,
    )
    from toolkit.audit.prose.checks.sums import check_balances, check_lists, check_projects, check_sums, check_totals
else:
    __getattr__ = hand_on(
        __name__,
        changes="check_compared_years check_growth",
        layout=(
            "check_base_data check_cover check_numbering check_outline check_residue check_rough check_unit "
            "check_wording check_year"
        ),
        ratios="check_rates",
        repeats="check_repeats check_scores check_tables check_twice scores stated_grade",
        sums="check_balances check_lists check_projects check_sums check_totals",
    )
