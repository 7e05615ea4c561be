"""往来的成品 (returning): the carried workbook, two returns side by side, the ledger of material."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.returning.carried import carried_json, carried_workbook
    from toolkit.publishing.returning.compared import (
        Compared,
        both_shown,
        compared,
        compared_workbook,
        name_of,
        score_of,
    )
    from toolkit.publishing.returning.ledger import blank_list, ledger_json, ledger_workbook, materials
    from toolkit.publishing.returning.plain import plain_book, plain_sheet
else:
    __getattr__ = hand_on(
        __name__,
        carried="carried_json carried_workbook",
        compared="Compared both_shown compared compared_workbook name_of score_of",
        ledger="blank_list ledger_json ledger_workbook materials",
        plain="plain_book plain_sheet",
    )
