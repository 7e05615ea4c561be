"""jixiao, 部门整体支出绩效自评工具: from the filled-in workbook to the finished, checked report.

The public names, loaded when first asked for; docs/开发说明.md shows them at work. All else is private.
"""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.api import (
        carry_over,
        check,
        compare,
        evidence,
        explain,
        export,
        fill,
        forms,
        move,
        proofread,
        publish,
        run_batch,
    )
    from toolkit.audit.judge import Audited
    from toolkit.batch import move_all, write_ledgers, write_prints, write_round
    from toolkit.batch.collect.model import BatchRequest, BatchResult
    from toolkit.core.errors import OtherPackError, PackError, ToolkitError, UnreadableError, UsageError
    from toolkit.core.findings import AuditResult, CellRef, Finding, NotChecked, Severity
    from toolkit.core.model import UnitReturn
    from toolkit.pack.finding import default_pack, find_pack, list_packs
    from toolkit.pack.pack import Pack
    from toolkit.pipeline import Checked, Published
    from toolkit.publishing.returning import carried_workbook, compared_workbook, ledger_workbook
else:
    __getattr__ = hand_on(
        __name__,
        **{
            "api": "carry_over check compare evidence explain export fill forms move proofread publish run_batch",
            "audit.judge": "Audited",
            "batch": "move_all write_ledgers write_prints write_round",
            "batch.collect.model": "BatchRequest BatchResult",
            "core.errors": "OtherPackError PackError ToolkitError UnreadableError UsageError",
            "core.findings": "AuditResult CellRef Finding NotChecked Severity",
            "core.model": "UnitReturn",
            "pack.finding": "default_pack find_pack list_packs",
            "pack.pack": "Pack",
            "pipeline": "Checked Published",
            "publishing.returning": "carried_workbook compared_workbook ledger_workbook",
        },
    )

__version__ = "0.2.0"
