"""合计: totals and their parts, what is listed and counted, figures bound by arithmetic of their own."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.checks.sums.balances import check_balances
    from toolkit.audit.prose.checks.sums.lists import CENT, check_lists, check_projects, check_sums, only
    from toolkit.audit.prose.checks.sums.totals import all_breakdowns, check_totals, sums
else:
    __getattr__ = hand_on(
        __name__,
        balances="check_balances",
        lists="CENT check_lists check_projects check_sums only",
        totals="all_breakdowns check_totals sums",
    )
