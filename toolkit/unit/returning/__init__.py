"""年复一年，一来一往 (returning): last year's return, the return before, official exports, the material behind it."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.unit.returning.carry import Carried, Carry, carry_over, named_after, nothing_before, with_forms
    from toolkit.unit.returning.compare import BOOK_SCOPE, Change, Comparison, compare_units
    from toolkit.unit.returning.evidence import evidence_settings, to_prove, written_materials
    from toolkit.unit.returning.exports import export_settings, read_export
    from toolkit.unit.returning.ledger import LEDGER_NAME, Ledger, LedgerLine, evidence_folder, is_evidence, make_ledger
else:
    __getattr__ = hand_on(
        __name__,
        carry="Carried Carry carry_over named_after nothing_before with_forms",
        compare="BOOK_SCOPE Change Comparison compare_units",
        evidence="evidence_settings to_prove written_materials",
        exports="export_settings read_export",
        ledger="LEDGER_NAME Ledger LedgerLine evidence_folder is_evidence make_ledger",
    )
