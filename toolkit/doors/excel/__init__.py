"""Excel 的门: the button, live books through xlwings, and setting up a PC."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.doors.excel.live import press_from_excel
    from toolkit.doors.excel.press import answer_check, answer_report, ends_in_time, recalculated
    from toolkit.doors.excel.setup import Check, ThisComputer, doctor, install
else:
    __getattr__ = hand_on(
        __name__,
        live="press_from_excel",
        press="answer_check answer_report ends_in_time recalculated",
        setup="Check ThisComputer doctor install",
    )
