"""汇总 (batch): many units: collected, run side by side, summed up."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.batch.collect import MOVES_NAME
    from toolkit.batch.evidence import UnitLedger, write_ledgers
    from toolkit.batch.moves import MovedFile, move_all
    from toolkit.batch.prints import UnitPrint, write_prints
    from toolkit.batch.rounds import LETTER_NAMES, Round, write_round
    from toolkit.batch.run import run_batch
else:
    __getattr__ = hand_on(
        __name__,
        collect="MOVES_NAME",
        evidence="UnitLedger write_ledgers",
        moves="MovedFile move_all",
        prints="UnitPrint write_prints",
        rounds="LETTER_NAMES Round write_round",
        run="run_batch",
    )
