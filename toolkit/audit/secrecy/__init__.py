"""保密: what is withheld, what could be derived from what is not, and what leaks in words."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.secrecy.alike import folded, readable
    from toolkit.audit.secrecy.facts import Facts, facts_of, printed_columns
    from toolkit.audit.secrecy.figures import amount_leaks, rate_leaks
    from toolkit.audit.secrecy.holes import Hole, Secrets, advice, decimal_of, hole_text
    from toolkit.audit.secrecy.leaks import Leak, personal_leaks, word_leaks
    from toolkit.audit.secrecy.plan import Plan, Project, is_secret, money_columns, plan_of, withheld_fields
    from toolkit.audit.secrecy.withheld import telling_figures, withheld_of
else:
    __getattr__ = hand_on(
        __name__,
        alike="folded readable",
        facts="Facts facts_of printed_columns",
        figures="amount_leaks rate_leaks",
        holes="Hole Secrets advice decimal_of hole_text",
        leaks="Leak personal_leaks word_leaks",
        plan="Plan Project is_secret money_columns plan_of withheld_fields",
        withheld="telling_figures withheld_of",
    )
