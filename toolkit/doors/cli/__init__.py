"""命令行: one command a function, Chinese words, exit codes."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.doors.cli.app import main
else:
    __getattr__ = hand_on(
        __name__,
        app="main",
    )
