"""Scoring (评分): one indicator's score with its working, the grade of a total, and the same as Excel text.

Source: 财预〔2020〕10号 for the three qualitative bands and the grades; the quantitative formulas are
those that provincial systems enforce. Everything that differs by province is in `ScoringSettings`.
Products are formed before quotients, so that 20.1 ÷ 900 × 45 is 1.005 exactly and rounds to 1.01.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.core.dictionary import TableSpec
from toolkit.core.errors import PackError
from toolkit.core.light import dataclass, field
from toolkit.core.money import LESS_WORDS, MORE_WORDS, parse_plain, plain, read_number_text, round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO, suggested
from toolkit.engines.formula import text_number
from toolkit.pack.reading import EXECUTION_MARK, FULL_MARK, form_kinds, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from toolkit.core.dictionary import Dictionary


class Sign(StrEnum):
    """What an indicator asks for (性质): the words that a form has for it are the pack's, `[scoring] signs`."""

    MORE = "more"
    LESS = "less"
    EQUAL = "equal"
    BETWEEN = "between"
    LEVEL = "level"  # scored by its level of completion


_SYMBOLS = {"≥": Sign.MORE, ">": Sign.MORE, "≤": Sign.LESS, "<": Sign.LESS, "=": Sign.EQUAL}

_PERCENT_SIGNS = ("%", "％")

_DAY = late(r"(20\d\d)[-/年](\d{1,2})[-/月](\d{1,2})日?前?")

_DAYS = (36526, 73050)  # 2000-01-01 and 2099-12-31 as Excel counts

Cell = Decimal | str | None


@dataclass(frozen=True, slots=True)
class Band:
    """One level of completion (完成等级): its phrase and its share of the points.

    The share lies in [low, high), or [low, high] when `closed`; `default` is given automatically.
    """

    phrase: str
    low: Decimal
    high: Decimal
    closed: bool
    default: Decimal
    aliases: tuple[str, ...]

    def contains(self, score: Decimal, weight: Decimal) -> bool:
        """Whether a score lies in this band's range for an indicator of `weight` points."""
        top = self.high * weight
        return self.low * weight <= score and (score <= top if self.closed else score < top)

    def range_text(self, weight: Decimal) -> str:
        """区间 for messages: `[8, 10]` or `[6, 8)`."""
        closing = "]" if self.closed else ")"
        return f"[{plain(self.low * weight)}, {plain(self.high * weight)}{closing}"


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (等级), the lowest total that earns it, and other words for it (优秀)."""

    name: str
    start: Decimal
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """Scoring part of a pack (评分设置); `most` caps the total where a bonus may lift it over the full mark.

    `signs`: what each word of the column 性质 asks for.
    """

    places: int
    reverse: str
    bands: tuple[Band, ...]
    grades: tuple[Grade, ...]
    most: Decimal | None = None
    signs: Mapping[str, Sign] = field(default_factory=lambda: _SYMBOLS)

    def sign(self, word: str) -> Sign | None:
        """What a word asks for; None for one that nobody has explained. A target's own text says it in symbols."""
        return self.signs.get(word) or _SYMBOLS.get(word)

    def words(self, sign: Sign) -> tuple[str, ...]:
        """The words of the form for it."""
        return tuple(word for word, one in self.signs.items() if one is sign)

    def asked(self, indicator: Indicator) -> Sign | None:
        """What an indicator asks for: as chosen, or a level that was told where nothing was chosen."""
        if indicator.sign is None:
            return Sign.LEVEL if indicator.level is not None else None
        return self.sign(indicator.sign) or Sign.MORE

    def band(self, text: str) -> Band | None:
        """The band named by its phrase or one of its aliases."""
        wanted = text.strip()
        return next((b for b in self.bands if wanted == b.phrase or wanted in b.aliases), None)

    def grade(self, total: Decimal) -> str:
        """等级 of a total; bands are half open: 优 [90,100], 良 [80,90)…"""
        return next((g.name for g in self.grades if total >= g.start), self.grades[-1].name)


def read_settings(spec: Mapping[str, Any]) -> ScoringSettings:
    """Read the `[scoring]` table of a pack."""
    bands = tuple(
        Band(
            b["phrase"],
            Decimal(b["low"]),
            Decimal(b["high"]),
            b["closed"],
            Decimal(b["default"]),
            tuple(b.get("aliases", ())),
        )
        for b in spec["bands"]
    )
    grades = sorted(
        (Grade(g["name"], Decimal(g["from"]), tuple(g.get("aliases", ()))) for g in spec["grades"]),
        key=lambda g: -g.start,
    )
    most = Decimal(str(spec["most"])) if "most" in spec else None
    signs = {word: Sign(sign) for sign, words in spec.get("signs", {}).items() for word in words} or _SYMBOLS
    return ScoringSettings(spec["places"], spec["reverse"], bands, tuple(grades), most, signs)


class Indicator(NamedTuple):
    """What scoring needs of one row of the indicator table (绩效指标); blanks are None."""

    name: str
    sign: str | None
    target: Cell
    actual: Cell
    level: str | None
    weight: Decimal | None
    deduction: Decimal | None = None
    reason: str | None = None
    submitted: Decimal | None = None
    unit: str = ""
    guessed: bool = False  # no 性质 was chosen
    unsigned: bool = False  # the form has no column for 性质: the target's own text says it


class Score(NamedTuple):
    """A score and how it came about (得分过程).

    Attributes:
        value: the score after deduction; None when it cannot be computed.
        earned: the score before deduction.
        working: e.g. "10 ÷ 52 × 20 = 3.85".
        problem: why there is no value, "" otherwise.
    """

    value: Decimal | None
    earned: Decimal | None = None
    working: str = ""
    problem: str = ""


def as_number(cell: Cell) -> Decimal | None:
    """The number of a 指标值 or 实际完成值 cell; "95%" counts as 95, "≥266米" as 266."""
    if isinstance(cell, str):
        found = read_number_text(cell)
        return found.number if found else None
    return cell


def live_number(cell: Cell, indicator: Indicator) -> Decimal | None:
    """The number that the live formula of the form reads in a cell: "320项" with the unit 项 is 320.

    The same as `_live_number` says in Excel's words, so that sheet and report never score differently.
    """
    if not isinstance(cell, str):
        return cell
    text = cell
    signs = (*LESS_WORDS, *MORE_WORDS) if indicator.unsigned else (indicator.sign or "",)
    for word in (indicator.unit, *signs, *_PERCENT_SIGNS):
        text = text.replace(word, "") if word else text
    number = text_number(f"{text.strip(' ')}E0")
    return date_number(cell) if number is None else number


def date_number(text: str) -> Decimal | None:
    """The serial number of a day as Excel counts: 2023年12月31日, 2023-12-31前."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return Decimal((dt.date(*map(int, match.groups())) - DAY_ZERO).days)
    except ValueError:
        return None


def score_indicator(indicator: Indicator, settings: ScoringSettings) -> Score:
    """Score one indicator. Units: points (分), rounded half up to the pack's decimals."""
    if indicator.weight is None:
        return Score(None, problem="没有填分值")
    if indicator.guessed and indicator.submitted is None:
        return Score(None, problem="没有选性质，不知道按哪种办法计分")
    if settings.asked(indicator) is Sign.LEVEL:
        base = _qualitative(indicator, indicator.weight, settings)
    else:
        base = _quantitative(indicator, indicator.weight, settings)
    return _deduct(base, indicator, settings)


def _qualitative(indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    band = _band_of(indicator, settings)
    if band is None:
        return Score(None, problem="定性指标没有选完成等级")
    if indicator.submitted is not None and band.contains(indicator.submitted, weight):
        given = round_half_up(indicator.submitted, settings.places)
        return Score(given, given, f"{band.phrase}，区间 {band.range_text(weight)}，自评 {plain(given)}")
    earned = round_half_up(weight * band.default, settings.places)
    return Score(earned, earned, f"{band.phrase}，{plain(weight)} × {plain(band.default * 100)}% = {plain(earned)}")


def _band_of(indicator: Indicator, settings: ScoringSettings) -> Band | None:
    if indicator.level is not None:
        return settings.band(indicator.level)
    return settings.band(indicator.actual) if isinstance(indicator.actual, str) else None


def _quantitative(indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    asked = settings.asked(indicator)
    if asked is Sign.BETWEEN:
        return _interval(indicator, weight, settings)
    if (day := _day_of(indicator)) is not None:
        return _dated(day, indicator, weight, settings)
    # A score that staff gave is judged by the best reading; one that the form works out, by what the form can read.
    if indicator.submitted is not None:
        target, actual = as_number(indicator.target), as_number(indicator.actual)
    else:
        target, actual = (live_number(cell, indicator) for cell in (indicator.target, indicator.actual))
    if target is None or actual is None:
        which = "指标值" if target is None else "实际完成值"
        return Score(None, problem=f"{which}没有填数字")
    if asked is Sign.LESS:
        return _reverse(target, actual, weight, settings)
    return _forward(target, max(actual, Decimal(0)), weight, asked, settings)


def _forward(target: Decimal, actual: Decimal, weight: Decimal, asked: Sign | None, settings: ScoringSettings) -> Score:
    """正向与等于: B ≥ A earns all, otherwise B/A × w. "= 0" is met only by nothing at all."""
    met = actual <= 0 if asked is Sign.EQUAL and target == 0 else actual >= target
    if met:
        return _full(weight, settings)
    if target <= 0:
        return _none(settings, f"应为 {plain(target)}，实际 {plain(actual)}")
    earned = round_half_up(actual * weight / target, settings.places)
    return Score(earned, earned, f"{plain(actual)} ÷ {plain(target)} × {plain(weight)} = {plain(earned)}")


def _reverse(target: Decimal, actual: Decimal, weight: Decimal, settings: ScoringSettings) -> Score:
    """反向: B ≤ A earns all; above it 1 − (B−A)/A (none from 2A on), or A/B where the pack says "ratio"."""
    if actual <= target:
        return _full(weight, settings)
    if target <= 0:
        return _none(settings, f"不应超过 {plain(target)}，实际 {plain(actual)}")
    a, b, w = plain(target), plain(actual), plain(weight)
    if settings.reverse == "ratio":
        earned = round_half_up(target * weight / actual, settings.places)
        return Score(earned, earned, f"{a} ÷ {b} × {w} = {plain(earned)}")
    if actual >= 2 * target:
        return _none(settings, f"{b} 已达到指标值 {a} 的两倍")
    earned = round_half_up((2 * target - actual) * weight / target, settings.places)
    return Score(earned, earned, f"[1 − ({b} − {a}) ÷ {a}] × {w} = {plain(earned)}")


def _day_of(indicator: Indicator) -> Decimal | None:
    """The day that is the target: written as a text, or the bare serial number that a sheet keeps of it."""
    target = indicator.target
    if isinstance(target, str):
        return date_number(target)
    serial = target is not None and target == target.to_integral_value() and _DAYS[0] <= target <= _DAYS[1]
    return target if serial and not indicator.unit else None


def _dated(day: Decimal, indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    """日期: in time earns all. Days are no amount that could be missed in proportion: late earns nothing of itself.

    A part of the points is for people to give, as with a level.
    """
    actual, given = live_number(indicator.actual, indicator), indicator.submitted
    if actual is None:
        return Score(None, problem="实际完成值没有填日期")
    late = settings.asked(indicator) in {Sign.MORE, Sign.BETWEEN, Sign.LEVEL}
    in_time = actual >= day if late else actual <= day
    if in_time:
        return _full(weight, settings)
    why = "没有按时，日期不按比例折算"
    if given is not None and 0 <= given < weight:
        earned = round_half_up(given, settings.places)
        return Score(earned, earned, f"{why}，自评 {plain(given)}")
    return _none(settings, why)


def bounds(target: Cell) -> tuple[Decimal, Decimal] | None:
    """Both ends of a 区间 target written as 80~90."""
    low, mark, high = target.partition("~") if isinstance(target, str) else ("", "", "")
    ends = (parse_plain(low.strip()), parse_plain(high.strip()))
    return (ends[0], ends[1]) if mark and ends[0] is not None and ends[1] is not None else None


def _interval(indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    """区间: within both ends earns all, outside nothing."""
    ends, actual = bounds(indicator.target), live_number(indicator.actual, indicator)
    if ends is None or actual is None:
        return Score(None, problem="区间指标的指标值应写成 80~90，实际完成值应是数字")
    if ends[0] <= actual <= ends[1]:
        return _full(weight, settings)
    return _none(settings, f"应在 {plain(ends[0])}~{plain(ends[1])} 之间，实际 {plain(actual)}")


def _full(weight: Decimal, settings: ScoringSettings) -> Score:
    earned = round_half_up(weight, settings.places)
    return Score(earned, earned, f"达到指标值，得满分 {plain(earned)}")


def _none(settings: ScoringSettings, why: str) -> Score:
    zero = round_half_up(Decimal(0), settings.places)
    return Score(zero, zero, f"{why}，得 0")


def _deduct(score: Score, indicator: Indicator, settings: ScoringSettings) -> Score:
    """人工扣减 lowers a score, never under 0, and only with a reason."""
    cut = indicator.deduction
    if score.value is None or not cut or cut < 0 or not indicator.reason:
        return score
    left = round_half_up(max(Decimal(0), score.value - cut), settings.places)
    return Score(left, score.earned, f"{score.working}；人工扣减 {plain(cut)}，得 {plain(left)}")


def score_formula(table: TableSpec, settings: ScoringSettings) -> str:
    """The same rule as Excel text over the columns of `table`, for the grey 得分 cell of each row.

    Without a column for 性质 the target's text says it ("≤50"), without one for 完成等级 all are 定量.
    """
    roles, places = table.roles, settings.places
    sign, weight = table.full_name(roles.sign), table.full_name(roles.weight)
    aim, result = table.full_name(roles.target), table.full_name(roles.result)
    signs = (sign,) if sign else tuple(f'"{word}"' for word in (*LESS_WORDS, *MORE_WORDS))
    known = tuple(filter(None, (table.full_name(roles.unit), *signs)))
    target, actual = (_live_number(cell, known) for cell in (aim, result))
    down = _asks(sign, Sign.LESS, settings) if sign else _says_less(aim)
    # What is no amount is met or not: nothing at all, and a day. A day should be early, if nothing else is said.
    day = _is_day(aim, table.full_name(roles.unit))
    early = f"AND({_asks(sign, Sign.EQUAL, settings)},{target}>=0)" if sign else f"OR({target}=0,{day})"
    earned = _counted(f"AND({target}>0,NOT({day}))", (down, early), (target, actual, weight), settings)
    if sign and settings.words(Sign.BETWEEN):
        mark = f'FIND("~",{aim})'
        low, high = f"VALUE(LEFT({aim},{mark}-1))", f"VALUE(RIGHT({aim},LEN({aim})-{mark}))"
        within = f"IF(AND({actual}>={low},{actual}<={high}),{weight},0)"
        earned = f"IF({_asks(sign, Sign.BETWEEN, settings)},{within},{earned})"
    if sign and roles.level and settings.words(Sign.LEVEL):
        quality = _banded(table.full_name(roles.level), weight, settings)
        earned = f"IF({_asks(sign, Sign.LEVEL, settings)},{quality},{earned})"
    if roles.cut:
        earned = f"{earned}-{_cut_formula(table)}"
    ready = f"OR(NOT(ISNUMBER({weight})),LEN({sign})=0)" if sign else f"NOT(ISNUMBER({weight}))"
    return f'IF({ready},"",IFERROR(MAX(0,ROUND({earned},{places})),""))'


def _asks(cell: str, sign: Sign, settings: ScoringSettings) -> str:
    """Whether the cell for 性质 holds one of the words for it, as Excel text."""
    told = [f'{cell}="{word}"' for word in settings.words(sign)]
    return f"OR({','.join(told)})" if len(told) > 1 else "".join(told) or "1=0"


def _cut_formula(table: TableSpec) -> str:
    """人工扣减 counts only with a reason, where the form has room for one."""
    cut, reason = table.full_name(table.roles.cut), table.full_name(table.roles.reason)
    return f"IF(LEN({reason})=0,0,MAX(0,SUM({cut})))" if reason else f"MAX(0,SUM({cut}))"


def _banded(level: str, weight: str, settings: ScoringSettings) -> str:
    quality = "0/0"  # no level chosen: the outer IFERROR leaves the cell blank
    for band in reversed(settings.bands):
        quality = f'IF({level}="{band.phrase}",ROUND({weight}*{plain(band.default)},{settings.places}),{quality})'
    return quality


def _says_less(target: str) -> str:
    """Whether a target's text says that less is better, as Excel text."""
    return f"OR({','.join(f'ISNUMBER(FIND({chr(34)}{word}{chr(34)},{target}))' for word in LESS_WORDS)})"


def _counted(measured: str, less: tuple[str, str], cells: tuple[str, str, str], settings: ScoringSettings) -> str:
    """正向, 等于 and 反向 in one expression that names target and result as few times as can be.

    `measured` is TRUE where a missed target earns a share; `less` where less is better, and where it is without
    a share.
    """
    target, actual, weight = cells
    down, early = less
    share = f"{actual}*{weight}/{target}"
    if settings.reverse == "ratio":
        share = f"IF({down},IF({actual}<={target},{weight},{target}*{weight}/{actual}),{share})"
    else:
        share = f"IF({down},2*{weight},0)+IF({down},-1,1)*{share}"
    unmeasured = f"IF(({actual}-{target})*IF(OR({down},{early}),-1,1)>=0,{weight},0)"
    return f"IF({measured},ROUND(MAX(0,MIN({weight},{share})),{settings.places}),{unmeasured})"


def _live_number(cell: str, known: tuple[str, ...]) -> str:
    """`live_number` as Excel text. What is shown as a percentage counts as shown: typing 95% stores 0.95."""
    words = cell
    for old in (*known, '"%"', '"％"'):
        words = f'SUBSTITUTE({words},{old},"")'
    number, day = f'VALUE(TRIM({words})&"E0")', _day_in(cell)
    return f'IF(ISNUMBER({cell}),{cell}*IF(LEFT(CELL("format",{cell}),1)="P",100,1),IFERROR({number},{day}))'


def _day_in(cell: str) -> str:
    """The serial number of a day written as a text, as Excel text: not 1/2, which is a day of this year."""
    days = cell
    for old, new in (("年", "-"), ("月", "-"), ("日", ""), ("前", "")):
        days = f'SUBSTITUTE({days},"{old}","{new}")'
    return f'DATEVALUE({days})/(LEFT({cell},2)="20")'


def _is_day(cell: str, unit: str) -> str:
    """Whether a cell holds a day, as a text or typed as such: not every program tells of every format of days."""
    typed = f'LEFT(CELL("format",{cell}),1)="D"'
    if unit:
        typed = f"OR({typed},AND(LEN({unit})=0,{cell}>={_DAYS[0]},{cell}<={_DAYS[1]},{cell}=ROUND({cell},0)))"
    return f"IF(ISNUMBER({cell}),{typed},ISNUMBER({_day_in(cell)}))"


def grade_formula(total: str, settings: ScoringSettings) -> str:
    """等级 as Excel text: IF(总分="","",IF(总分>=90,"优",…))."""
    formula = f'"{settings.grades[-1].name}"'
    for grade in reversed(settings.grades[:-1]):
        formula = f'IF({total}>={plain(grade.start)},"{grade.name}",{formula})'
    return f'IF(COUNT({total})=0,"",{formula})'


def grade_word_formula(grade: str, settings: ScoringSettings) -> str:
    """The grade that a written word means, as Excel text: IF(等级="优秀","优",…,等级)."""
    formula = grade
    for found in settings.grades:
        for word in found.aliases:
            formula = f'IF({grade}="{word}","{found.name}",{formula})'
    return formula


def scoring_of(raw: Mapping[str, Any], kind: str) -> ScoringSettings:
    """The scoring settings of a kind of form: those of the pack, with grades of its own."""
    own = raw.get("form_kinds", {}).get(kind, {}).get("grades")
    return read_settings({**raw["scoring"], "grades": own} if own else raw["scoring"])


def finder(raw: Mapping[str, Any], dictionary: Dictionary) -> Callable[[str], str]:
    """What stands for `${…}`: a parameter, or a formula that follows from the scoring settings of the name's form."""
    parameters = raw["parameters"]

    def find(key: str) -> str:
        head, _, argument = key.partition(":")
        if head == "等级公式":
            return grade_formula(argument, scoring_of(raw, _kind_with(argument, dictionary)))
        if head == "等级词":
            return grade_word_formula(argument, scoring_of(raw, _kind_with(argument, dictionary)))
        if head == "得分公式":
            return score_formula(_table(argument, dictionary), scoring_of(raw, ""))
        if head in {EXECUTION_MARK, FULL_MARK} and argument in form_kinds(raw):
            return mark_of(raw, head, argument)
        if key in parameters:
            return str(parameters[key])
        raise PackError(f"参数 ${{{key}}} 没有定义{suggested(key, parameters, look=' ${{{}}}')}")

    return find


def _kind_with(name: str, dictionary: Dictionary) -> str:
    return next((space.kind for space in dictionary.spaces if space.datum(name)), "")


def _table(name: str, dictionary: Dictionary) -> TableSpec:
    """The table of a score formula; one that was dropped has no rows to score."""
    found = (space.tables[name] for space in dictionary.spaces if name in space.tables)
    return next(found, TableSpec(name, {}))
