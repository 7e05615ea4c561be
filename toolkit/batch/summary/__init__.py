"""汇总成果: 汇总表.xlsx, 通报.docx, 汇总.json."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.batch.summary.bulletin import BULLETIN_NAMES, RoundCounts, bulletin_file
    from toolkit.batch.summary.json import batch_json, write_batch_json
    from toolkit.batch.summary.page import OVERVIEW_NAME, overview_page
    from toolkit.batch.summary.workbook import write_summary
else:
    __getattr__ = hand_on(
        __name__,
        bulletin="BULLETIN_NAMES RoundCounts bulletin_file",
        json="batch_json write_batch_json",
        page="OVERVIEW_NAME overview_page",
        workbook="write_summary",
    )
