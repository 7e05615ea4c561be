"""装入、运算 (unit): one return read from its cells, and its figures worked out."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.unit.cells import ERROR_VALUES, invisible_signs, odd_digits
    from toolkit.unit.exchange import blank_section, parse_json, unit_from_json, unit_to_json
    from toolkit.unit.figures import BOOK, Figures, Stance, UnitFigures, View, compute, section_figures
    from toolkit.unit.projects import Pairing, folded, pairing
    from toolkit.unit.read import pack_stamp, read_unit
    from toolkit.unit.strays import served
else:
    __getattr__ = hand_on(
        __name__,
        cells="ERROR_VALUES invisible_signs odd_digits",
        exchange="blank_section parse_json unit_from_json unit_to_json",
        figures="BOOK Figures Stance UnitFigures View compute section_figures",
        projects="Pairing folded pairing",
        read="pack_stamp read_unit",
        strays="served",
    )
