"""Scores and grades as Excel text (得分公式): what `points` says, for the live cells of the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import TableSpec
from toolkit.core.errors import PackError
from toolkit.core.money import LESS_WORDS, MORE_WORDS, plain
from toolkit.core.words import suggested
from toolkit.pack.reading import EXECUTION_MARK, FULL_MARK, form_kinds, mark_of
from toolkit.pack.scoring.points import DAYS
from toolkit.pack.scoring.settings import Sign, scoring_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from toolkit.core.dictionary import Dictionary
    from toolkit.pack.scoring.settings import ScoringSettings


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
        typed = f"OR({typed},AND(LEN({unit})=0,{cell}>={DAYS[0]},{cell}<={DAYS[1]},{cell}=ROUND({cell},0)))"
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
