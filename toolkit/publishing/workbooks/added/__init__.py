"""加进去的 what is added to a workbook that already is: marks, notes at cells, a list of what was found or carried."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.workbooks.added.feedback import feedback_workbook, shown_first
    from toolkit.publishing.workbooks.added.lists import ListSheet, with_list
else:
    __getattr__ = hand_on(__name__, feedback="feedback_workbook shown_first", lists="ListSheet with_list")
