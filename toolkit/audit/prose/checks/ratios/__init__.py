"""比率: shares, rates and prices against the numbers that they are of."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.checks.ratios.rates import check_rates
else:
    __getattr__ = hand_on(
        __name__,
        rates="check_rates",
    )
