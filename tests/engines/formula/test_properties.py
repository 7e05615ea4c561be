"""审核公式: properties that hold for any formula and any figures."""

from __future__ import annotations

import operator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from toolkit.engines.formula.compile import parse, rewrite
from toolkit.engines.formula.functions import FUNCTIONS
from toolkit.engines.formula.syntax import FormulaError
from toolkit.engines.formula.values import TESTS, ErrorValue, Value, compare_numbers, comparing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

money = st.decimals(-(10**9), 10**9, places=2)
scalars = st.one_of(
    st.none(),
    money,
    st.booleans(),
    st.text(max_size=3),
    st.sampled_from(ErrorValue),
    st.sampled_from(["12", "1,000", "5%", "*", ">=3", "<>"]),
)
columns = st.lists(scalars, max_size=4).map(tuple)
values = st.one_of(scalars, columns)
names = st.sampled_from(["整体_收入_合计", "项目_全年执行数", "指标_得分", "空"])
constants = st.sampled_from(['"文字"', '""', '">=5"', "TRUE", "0.5"])
leaves = st.one_of(names, st.integers(0, 99).map(str), constants)
NUMBERS = ["3", "7", "0.5", "2", "11"]
LEVELS: Mapping[str, int] = MappingProxyType({"+": 1, "-": 1, "*": 2, "/": 2, "^": 3})
APPLY: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "^": lambda base, exponent: base ** int(exponent),
    }
)


def calls(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    def of(name: str) -> SearchStrategy[str]:
        function = FUNCTIONS[name]
        most = min(function.most, function.least + 2)
        slots = [names if i in function.ranges else inner for i in range(most)]
        return (
            st.integers(function.least, most)
            .flatmap(lambda n: st.tuples(*slots[:n]))
            .map(lambda arguments: f"{name}({','.join(arguments)})")
        )

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(of)


def operations(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "^", "&", "=", "<>", "<", ">", "<=", ">="])
    return st.one_of(
        st.tuples(inner, signs, inner).map(" ".join),
        st.tuples(st.sampled_from("+-"), inner).map("".join),
        inner.map(lambda text: f"({text})%"),
        inner.map(lambda text: f"( {text} )"),
        calls(inner),
    )


formulas = st.recursive(leaves, operations, max_leaves=8)


@given(
    formulas,
    st.fixed_dictionaries(
        {"整体_收入_合计": values, "项目_全年执行数": columns, "指标_得分": columns, "空": st.none()}
    ),
)
def test_a_well_formed_formula_always_has_a_value(text: str, cells: dict[str, Value]) -> None:
    value = parse(text).evaluate(cells.__getitem__)
    for element in value if isinstance(value, tuple) else (value,):
        assert element is None or isinstance(element, Decimal | str | bool)
        assert not isinstance(element, Decimal) or element.is_finite()


@given(formulas)
def test_names_are_exactly_what_rewrite_replaces(text: str) -> None:
    seen: list[str] = []

    def same(name: str) -> str:
        seen.append(name)
        return name

    assert rewrite(text, same) == text
    assert parse(text).names == tuple(dict.fromkeys(seen))


@given(formulas)
def test_a_formula_in_brackets_and_behind_equals_is_the_same(text: str) -> None:
    cells: dict[str, Value] = dict.fromkeys(parse(text).names, Decimal(3))
    expected = parse(text).evaluate(cells.__getitem__)
    assert parse(f"= ({text})").evaluate(cells.__getitem__) == expected


@given(formulas, st.data())
def test_comparison_says_what_the_whole_says(text: str, data: st.DataObject) -> None:
    comparison = parse(text).comparison()
    cells = {name: data.draw(scalars) for name in parse(text).names}
    if comparison is not None:
        sides: dict[str, Value] = {
            "左": comparison.left.evaluate(cells.__getitem__),
            "右": comparison.right.evaluate(cells.__getitem__),
        }
        again = parse(f"左{comparison.operator}右").evaluate(sides.__getitem__)
        assert again == parse(text).evaluate(cells.__getitem__)


@given(st.one_of(st.text(), st.text("甲乙SUMIF()\"'+-*/^&=<>%,;:!#{}[]$ 1.E\n\t，（　")))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    try:
        formula = parse(text)
    except FormulaError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - most texts are no formula, and some are
    else:
        assert formula.text in text


@given(st.lists(st.one_of(money, st.none(), st.text(max_size=2), st.booleans())))
def test_sum_count_min_max_take_the_numbers_of_a_column(column: list[Decimal | str | bool | None]) -> None:
    numbers = [element for element in column if isinstance(element, Decimal)]
    cells: dict[str, Value] = {"列": tuple(column)}
    found = [parse(f"{name}(列)").evaluate(cells.__getitem__) for name in ("SUM", "COUNT", "MIN", "MAX")]
    assert found == [sum(numbers), len(numbers), min(numbers, default=0), max(numbers, default=0)]
    assert parse("SUMPRODUCT(ISNUMBER(列)*1)=COUNT(列)").evaluate(cells.__getitem__) is True


@given(money, st.integers(-4, 2))
def test_round_is_half_away_from_zero(amount: Decimal, places: int) -> None:
    expected = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    cells: dict[str, Value] = {"数": amount, "位": Decimal(places)}
    assert parse("ROUND(数,位)").evaluate(cells.__getitem__) == expected
    assert parse("ROUND(-数,位)+ROUND(数,位)").evaluate(cells.__getitem__) == 0


def reference(numbers: list[str], signs: list[str]) -> Fraction:
    """Apply the signs strongest level first, each level from the left: Excel's rule, read aloud."""
    found, left = [Fraction(number) for number in numbers], list(signs)
    for level in (3, 2, 1):
        while level in [LEVELS[sign] for sign in left]:
            at = [LEVELS[sign] for sign in left].index(level)
            found[at : at + 2] = [APPLY[left.pop(at)](found[at], found[at + 1])]
    return found[0]


@given(st.data(), st.lists(st.sampled_from("+-*/^"), min_size=1, max_size=5))
def test_precedence_is_excels(data: st.DataObject, signs: list[str]) -> None:
    # An exponent is 2, so that the reference stays exact.
    numbers = [data.draw(st.sampled_from(NUMBERS))]
    numbers += ["2" if sign == "^" else data.draw(st.sampled_from(NUMBERS)) for sign in signs]
    text = numbers[0] + "".join(map("".join, zip(signs, numbers[1:], strict=True)))
    expected = reference(numbers, signs)
    quotient: dict[str, Value] = {"分子": Decimal(expected.numerator), "分母": Decimal(expected.denominator)}
    assert parse(f"ROUND({text}-分子/分母,9)=0").evaluate(quotient.__getitem__) is True


near_one = st.integers(-40, 40).map(lambda n: 1 + Decimal(n).scaleb(-16))


@given(st.sampled_from(sorted(TESTS)), near_one | money, near_one | money)
def test_numbers_are_compared_at_fifteen_digits(sign: str, left: Decimal, right: Decimal) -> None:
    """As they are first, which settles most: the answer is that of the order at 15 digits."""
    assert comparing(TESTS[sign])(left, right) is TESTS[sign](compare_numbers(left, right), 0)
