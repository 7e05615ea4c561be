"""公式引擎: one Excel text, parsed once, evaluated in `Decimal` as Excel would."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.engines.formula.compile import columnwise, counted_names, parse, rewrite, worked_out
    from toolkit.engines.formula.linear_forms import (
        Linear,
        Term,
        conditions,
        linear_form,
        linear_relation,
        picked,
        relation_at,
    )
    from toolkit.engines.formula.reading import Reading, decisive, written
    from toolkit.engines.formula.syntax import FormulaError
    from toolkit.engines.formula.values import ErrorValue, Scalar, Value, text_number, to_logical
else:
    __getattr__ = hand_on(
        __name__,
        compile="columnwise counted_names parse rewrite worked_out",
        linear_forms="Linear Term conditions linear_form linear_relation picked relation_at",
        reading="Reading decisive written",
        syntax="FormulaError",
        values="ErrorValue Scalar Value text_number to_logical",
    )
