"""核对项: sums, rates, growth, lists, repeats, layout; one kind of claim a file."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.checks.balances import check_balances
    from toolkit.audit.prose.checks.directions import check_compared_years
    from toolkit.audit.prose.checks.growth import check_growth
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
    from toolkit.audit.prose.checks.lists import check_lists, check_projects, check_sums
    from toolkit.audit.prose.checks.rates import check_rates
    from toolkit.audit.prose.checks.repeats import (
        check_repeats,
        check_scores,
        check_tables,
        check_twice,
        scores,
        stated_grade,
    )
    from toolkit.audit.prose.checks.totals import check_totals
else:
    __getattr__ = hand_on(
        __name__,
        balances="check_balances",
        directions="check_compared_years",
        growth="check_growth",
        layout=(
            "check_base_data check_cover check_numbering check_outline check_residue check_rough check_unit "
            "check_wording check_year "
        ),
        lists="check_lists check_projects check_sums",
        rates="check_rates",
        repeats="check_repeats check_scores check_tables check_twice scores stated_grade",
        totals="check_totals",
    )
