"""审核 (audit): every rule judged on one unit. Faults are returned as findings, never raised."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.explanations import stamps
    from toolkit.audit.judge import Audited, audit, judge_text, shown
    from toolkit.audit.sheet import (
        ELSEWHERE,
        ON_FORMS,
        AuditLine,
        AuditRow,
        audit_lines,
        audit_lines_of,
        audit_rows,
        elsewhere,
        lines_at,
        scalar,
        verdict_text,
    )
    from toolkit.audit.since import Since, since
else:
    __getattr__ = hand_on(
        __name__,
        explanations="stamps",
        judge="Audited audit judge_text shown",
        since="Since since",
        sheet=(
            "AuditLine AuditRow ELSEWHERE ON_FORMS audit_lines audit_lines_of audit_rows elsewhere lines_at "
            "scalar verdict_text "
        ),
    )
