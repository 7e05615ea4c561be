"""Checks of names, words and writing (文字审核); `TEXT_CHECKS` at the end says which."""

from __future__ import annotations

import datetime as dt
import difflib
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, finding_at, passed, unchecked
from toolkit.audit.checks.prose import planned_cells, prose_of
from toolkit.audit.checks.walks import text_cells
from toolkit.audit.prose.reading import What
from toolkit.core.dictionary import TableRole
from toolkit.core.findings import Finding, Severity
from toolkit.core.light import replace
from toolkit.core.money import figure, money_factor, plain
from toolkit.core.patterns import late
from toolkit.core.words import shorten
from toolkit.pack import audit_settings, prose_settings
from toolkit.unit import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.audit.checks.context import Audit
    from toolkit.core.dictionary import TableSpec
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Cell, Section, UnitReturn
    from toolkit.pack import Rule
    from toolkit.unit import Figures

_NEAR = 0.75

_DIGIT, _CLAUSE = late(r"\d"), late(r"[，,；;。：:\n]")

_NOTHING = late(r"(暂?无|没有|不存在|未发现)(任何)?(存在)?的?(问题)?[。.]?")

_PLACEHOLDER = late(r"[（(]?(?:[Xx×＊*]{2,}|某某|张三|李四|待填|签字|签名|签章|盖章|姓名|无|/|-|—)[）)]?")

_LEAST_PHONE_DIGITS = 7

# A digit short, or one too many; a number behind the code of its area has seven digits at least.
_BROKEN_PHONE = late(r"1[3-9]\d{7,8}|1[3-9]\d{10,}|[（(]?0\d{2,3}[）)]?\s*[-—－ ]\s*\d{1,6}")

_NO_NAME = late(r"[Xx×Ｘｘ＊*]{2,}|_{2,}")  # 某局 is how an example is written

_LEAST_COPIED, _LEAST_TEXT = 5, 12

_CROSSES = "×XxＸｘ"

_MARKS = late(r"[Xx×Ｘｘ＊*…._。＿\s]{2,}")

_NUMBERED = late(r"(?:指标|项目|目标)\s*\d*\s*[:：]?")  # 指标1： as the blank form has it

_AIMED_AT = late(r"(?:力争|拟)(?:在|于)?(?P<year>20\d\d)年")

_DONE_ON = late(r"已(?:经)?(?:于|在)(20\d\d)年(\d{1,2})月(\d{1,2})日")

_HAVING, _COUNTED = ("设", "有", "共", "含", "下"), frozenset({"", "共", "共有", "共计", "有", "为", "总数"})

_CUT_OFF = late(r"[，、（(“《：:]$|[一二三四五六七八九十]是$")  # of the last two signs

_SEVERAL = late(r"[、；;]")

_LATEST = 2  # a return may be late by a year, not by more

_YEAR = late(r"(20(?<!\d20)\d\d)\s*年")


def last_year_agrees(rule: Rule, context: Audit) -> Iterator[Answer]:
    """B39: 上年决算数 repeats what last year's workbook filed as 本年决算数."""
    if context.last_year is None:
        yield unchecked("没有上年的填报表（检查时用 --last-year 指定）")
        return
    if strange := _not_the_year_before(context.unit, context.last_year):
        cell, fact = strange
        text = f"{cell.ref}：{fact}，没有与它核对。请换成本单位上年度的填报表再核对。[{rule.id}]"
        yield failed(Finding(rule.id, Severity.WARNING, (cell.ref,), text))
        return
    past, answered, unit = context.last_year.book, False, context.pack.unit
    factor = money_factor(past.space.unit, unit)
    for now, name in context.unit.book.roles.last_year.items():
        cell, before = context.unit.book.cell(name), past.cell(now)
        if not isinstance(cell.value, Decimal) or not isinstance(before.value, Decimal):
            continue
        was = before.value * factor
        answered, gap = True, abs(cell.value - was)
        if gap > rule.tolerance:
            fact = (
                f"{context.label(name)} {figure(cell.value)} {unit}，应等于上年填报表本年决算数 "
                f"{figure(was)} {unit}（{before.ref}），相差 {figure(gap)} {unit}"
                f"（允许相差 {plain(rule.tolerance)}）"
            )
            text = f"{cell.ref}：{fact}。{rule.action}[{rule.id}]"
            yield failed(Finding(rule.id, rule.severity, (cell.ref,), text, cell.value, was, gap, rule.tolerance))
        else:
            yield passed()
    if not answered:
        yield unchecked("两年的基础数据表没有可比的数")


def last_year_not_copied(rule: Rule, context: Audit) -> Iterator[Answer]:
    """B39: figure by figure the same as this year's; two or three may be by chance, all of them are a copy."""
    book = context.unit.book
    pairs = [(book.cell(now), book.cell(last)) for now, last in book.roles.last_year.items()]
    typed = [(now, last) for now, last in pairs if now.value and last.value and not now.formula]
    same = [last for now, last in typed if now.value == last.value]
    if len(typed) < _LEAST_COPIED:
        yield unchecked("两年的决算数填得太少，看不出是不是照抄")
    elif len(same) == len(typed):
        fact = f"上年决算数有 {len(same)} 项，项项与本年决算数相同，像是照抄了本年的数"
        yield failed(replace(finding_at(rule, same[0].ref, fact), cells=tuple(c.ref for c in same)))
    else:
        yield passed()


def texts_differ(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D72: a text that stands word for word at another place was copied and not edited."""
    found: dict[tuple[str, bool], list[Cell]] = {}
    results = {result.ref for f in context.figures.all for _, result in _aims_and_results(f.section)}
    for figures in context.figures.all:
        rows = {cell.ref for row in figures.section.indicators for cell in row.cells.values()}
        for cell in text_cells(figures):
            key = folded(str(cell.value)).strip("。.！!")
            if cell.ref not in rows and len(key) >= _LEAST_TEXT:  # a result like its aim is told by itself
                found.setdefault((key, cell.ref in results), []).append(cell)
    for first, *others in found.values():
        if others:
            more = f"等 {len(others) + 1} 处" if len(others) > 1 else ""
            told = finding_at(rule, others[0].ref, f"与{first.ref} {more}一字不差，像是复制以后没有改")
            yield failed(replace(told, cells=tuple(c.ref for c in others)))
    yield passed() if found else unchecked("没有填文字")


def _not_the_year_before(unit: UnitReturn, before: UnitReturn) -> tuple[Cell, str] | None:
    """The cover's cell and what is wrong, where the other workbook is not the same unit's of the year before."""
    now, past = unit.book, before.book
    pairs = ((now.roles.code, past.roles.code, "单位代码"), (now.roles.name, past.roles.name, "单位"))
    for own, theirs, label in pairs:
        mine, other = now.cell(own), past.cell(theirs)
        if not mine.blank and not other.blank:
            if folded(str(mine.value)) != folded(str(other.value)):
                return mine, f"指定的上年填报表的{label}是“{other.value}”，本表是“{mine.value}”，不是同一个单位"
            break
    cell, last = now.cell(now.roles.year), past.cell(past.roles.year).value
    year = cell.value
    if isinstance(year, Decimal) and isinstance(last, Decimal) and last != year - 1:
        return cell, f"指定的上年填报表是 {plain(last)} 年度的，本表是 {plain(year)} 年度，应为上一年度的"
    return None


def problems_told(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D71: with points lost or reasons given, 存在的问题 cannot be "无". An empty section is D70's."""
    asked = [figures for figures in context.figures.all if figures.section.roles.problems]
    if not asked:
        yield unchecked("没有填存在的问题")
    yield from (_problems_of(rule, figures, context) for figures in asked)


def _problems_of(rule: Rule, figures: Figures, context: Audit) -> Answer:
    """Of the workbook with all its forms, or of one form that has a cell of its own for its problems."""
    section = figures.section
    cell, total = section.cell(section.roles.problems), figures.filed.number(section.roles.total)
    within = (figures,) if section.space.kind else context.figures.all
    reasons = [row.cell(row.roles.reason) for one in within for row in one.section.indicators]
    short = total is not None and total < audit_settings(context.pack).full_mark
    if cell.blank:
        return unchecked("没有填存在的问题")
    if not short and all(c.blank for c in reasons):
        return unchecked("不适用：没有失分，也没有写偏差原因")
    if not _NOTHING.fullmatch(str(cell.value).strip()) and not _wordless(str(cell.value)):
        return passed()
    why = f"自评总分 {plain(total)} 分" if short and total is not None else "有的指标写了偏差原因"
    fact = f"{why}，存在的问题却写“{shorten(str(cell.value))}”"
    return failed(finding_at(rule, cell.ref, fact, context.project(figures)))


def years_agree(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D73: filed after the year's end; no text is last year's, or tells as done what is to come, or the reverse."""
    year, book = context.pack.year, context.unit.book
    cell = book.cell(book.roles.filed_on)
    told = []
    if isinstance(cell.value, dt.date) and not year < cell.value.year <= year + _LATEST:
        fact = f"填报日期是 {cell.value}，{year} 年度的自评应在 {year} 年以后填报"
        told.append(finding_at(rule, cell.ref, fact))
    for figures in context.figures.all:
        aims = planned_cells(figures)
        for text in text_cells(figures):
            if "年" not in str(text.value):  # as most: their years are not looked for
                continue
            fact = "" if text.ref in aims else _out_of_time(str(text.value), year, cell.value)
            if _of_last_year(str(text.value), year, context):
                fact = f"只写了 {year - 1} 年，没有写 {year} 年，可能是上年的文字没有改"
            if fact:
                told.append(finding_at(rule, text.ref, fact, context.project(figures)))
    yield from map(failed, told)
    if not told:
        yield passed()


def _out_of_time(text: str, year: int, filed: object) -> str:
    """What is aimed at in a year that is over, or done on a day after the return was filed."""
    for aimed in _AIMED_AT.finditer(text):
        if int(aimed["year"]) <= year:
            return f"写的是“{aimed[0]}”，说的是以后的事，{aimed['year']} 年却已经过去"
    for done in _DONE_ON.finditer(text):
        day = tuple(map(int, done.groups()))
        if isinstance(filed, dt.date) and day > (filed.year, filed.month, filed.day):
            return f"写的是“{done[0]}”，比填报日期 {filed} 还晚"
    return ""


def _of_last_year(text: str, year: int, context: Audit) -> bool:
    years = {int(y) for y in _YEAR.findall(text)}
    return years == {year - 1} and not any(word in text for word in audit_settings(context.pack).year_words)


def results_told(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D72: what was done is told, and is not the aim over again."""
    answered = False
    for figures in context.figures.all:
        for aim, result in _aims_and_results(figures.section):
            if result.blank:
                continue
            answered, text = True, str(result.value).strip().rstrip("。.！!")
            empty = text in audit_settings(context.pack).says_nothing or folded(text).startswith(("同预期", "同目标"))
            if not aim.blank and folded(text) == folded(str(aim.value).strip().rstrip("。.！!")):
                fact = f"完成情况与预期目标（{aim.ref.address}）一字不差，像是照抄的"
            elif empty:
                fact = f"完成情况只写了“{shorten(text)}”"
            else:
                asked = _asked_again(str(aim.value or ""), text, context)
                fact = f"完成情况里的“{asked}”是预期目标（{aim.ref.address}）的原话，应写实际做到多少" if asked else ""
            yield failed(finding_at(rule, result.ref, fact, context.project(figures))) if fact else passed()
    if not answered:
        yield unchecked("没有填目标的完成情况")


def _asked_again(aim: str, result: str, context: Audit) -> str:
    """A requirement that stands among the results as it stands in the aim: 数据核验合格率不低于98%."""
    words, done = prose_settings(context.pack).words("required_words"), set(_CLAUSE.split(result))
    clauses = (c for c in _CLAUSE.split(aim) if c in done and _DIGIT.search(c))
    return next((c for c in clauses if any(word in c for word in words)), "")


def words_say_something(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D70: 略, 无 or ××× is no section of a report, ……, ××× and 指标1 no name of anything; a text has an end."""
    settings, answered = audit_settings(context.pack), False
    must = [(n, f, c) for f in context.figures.all for n in settings.must_say for c in _cells_named(n, f)]
    for name, figures, cell in must:
        text = str(cell.value or "").strip().rstrip("。.！!")
        if text:
            answered = True
            empty = text in settings.says_nothing or not any(ch.isalpha() and ch not in _CROSSES for ch in text)
            little = "，等于没有写" if empty else "，说不清做什么" if len(text) < settings.least.get(name, 0) else ""
            fact = f"{context.label(name)}只写了“{shorten(text)}”{little}"
            yield failed(finding_at(rule, cell.ref, fact, context.project(figures))) if little else passed()
    asked = {cell.ref for _, _, cell in must}
    for figures in context.figures.all:
        for cell in (c for c in _told_cells(figures) if c.ref not in asked and _unsaid(str(c.value).strip())):
            if str(cell.value).strip() in settings.says_nothing:
                continue
            yield failed(finding_at(rule, cell.ref, f"只写了“{shorten(str(cell.value))}”，等于没有写"))
        for cell in (c for c in text_cells(figures) if _CUT_OFF.search(str(c.value).strip()[-2:])):
            yield failed(finding_at(rule, cell.ref, f"写到“{str(cell.value).strip()[-8:]}”就断了，像是没有写完"))
    if not answered:
        yield unchecked("没有填报告文字")


def _told_cells(figures: Figures) -> Iterator[Cell]:
    """Texts, and the names of rows."""
    yield from text_cells(figures)
    tables = figures.section.space.tables.values()
    rows = (row for table in tables for row in figures.section.rows(table.name) if row.name)
    yield from (row.cell(row.roles.name) for row in rows)


def _unsaid(text: str) -> bool:
    """Crosses and points, a bare figure, or what stood in the blank form; a dash says that there is nothing to say."""
    figure_only = not any(map(str.isalpha, text)) and any(map(str.isdigit, text))
    return figure_only or bool(_MARKS.fullmatch(text) or _NUMBERED.fullmatch(text))


def names_single(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D66: one name in a row, and every name once: else their count is not that of the offices."""
    book, answered = context.unit.book, False
    for table in book.space.all_of(TableRole.OFFICES):
        first: dict[str, CellRef] = {}
        for row in book.rows(table.name):
            answered, cell, key = True, row.cell(table.roles.name), folded(row.name)
            if row.name.strip() in audit_settings(context.pack).says_nothing:
                yield failed(finding_at(rule, cell.ref, f"{table.name}只写了“{row.name}”，没有的请不要写这一行"))
            elif key in first:
                yield failed(finding_at(rule, cell.ref, f"{table.name}“{row.name}”与 {first[key].address} 重复"))
            elif _SEVERAL.search(row.name.partition("（")[0]):
                yield failed(finding_at(rule, cell.ref, f"{table.name}“{shorten(row.name)}”里像是有几个名称"))
            else:
                yield passed()
            first.setdefault(key, cell.ref)
        yield from (failed(finding_at(rule, *told)) for told in _miscounted(table, context) if first)
    if not answered:
        yield unchecked("没有列出机构名称")


def _miscounted(table: TableSpec, context: Audit) -> Iterator[tuple[CellRef, str]]:
    """内设机构 7 个 in a text beside a table 内设机构 of six rows."""
    prose, number = prose_of(context.figures.book, context), len(context.unit.book.rows(table.name))
    for sentence in prose.report.sentences:
        for told in (q for q in sentence.quantities if q.what is What.COUNT and not q.rough):
            before, named, behind = sentence.head(told).rpartition(table.name)
            whole = named and (not before or before.endswith(_HAVING)) and behind.strip() in _COUNTED
            if whole and told.value != number:
                fact = f"{table.name}写的是 {told.text}，“{table.name}”里列出的有 {number} 个"
                yield prose.place(sentence.paragraph), fact


def _aims_and_results(section: Section) -> Iterator[tuple[Cell, Cell]]:
    yield from (
        (section.cell(a), section.cell(r)) for a, r in zip(section.roles.planned, section.roles.done, strict=False)
    )
    for table in section.space.all_of(TableRole.GOALS):
        yield from ((r.cell(table.roles.planned), r.cell(table.roles.result)) for r in section.rows(table.name))


def unit_name_same(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D74: 实施单位 is the unit, one of its offices, or one that belongs to it; near misses are typing errors."""
    book, name = context.unit.book, context.unit.unit_name.strip()
    offices = (r.name.strip() for t in book.space.all_of(TableRole.OFFICES) for r in book.rows(t.name) if r.name)
    known = {_bare(n): n for n in (*offices, name)}
    forms = [f.section for f in context.figures.forms if not f.section.cell(f.section.roles.operator).blank]
    if not name or not forms:
        yield unchecked("没有填单位名称，或没有写实施单位的自评表")
        return
    own = book.text(book.roles.department).strip()
    above = {name, own}
    for section in forms:
        cell = section.cell(section.roles.operator)
        written, department = str(cell.value).strip(), section.text(section.roles.department).strip()
        if own not in {"", name} and written == own:
            fact = f"实施单位填的是“{shorten(own)}”，封面上它是主管部门，像是填错了格"
            yield failed(replace(finding_at(rule, cell.ref, fact), severity=Severity.WARNING))
            continue
        close = [known[n] for n in difflib.get_close_matches(_bare(written), known, 1, _NEAR)]
        if not close and department and department not in above and not any(n in written for n in known):
            fact = f"实施单位“{shorten(written)}”和主管部门“{shorten(department)}”都不是本单位的，像是别的单位的表"
            yield failed(replace(finding_at(rule, cell.ref, fact), severity=Severity.WARNING))
        elif written not in known.values() and close:
            fact = f"实施单位写的是“{shorten(written)}”，封面和基本情况里是“{close[0]}”，名称应一致"
            found = finding_at(rule, cell.ref, fact)
            # 益阳市司法局 for 益阳市司法局本级, or an office of the unit: another name, but hardly a slip.
            longer = written in close[0] or close[0] in written
            yield failed(replace(found, severity=Severity.NOTICE) if longer else found)
        else:
            yield passed()


def _bare(name: str) -> str:
    """A name without what follows it in brackets, which people leave out."""
    return name.partition("（")[0].strip() or name


def right_wording(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D75: a subordinate unit's report says 单位预算, not 部门预算."""
    words, book = audit_settings(context.pack).subordinate_words, context.unit.book
    above, name = book.text(book.roles.department).strip(), context.unit.unit_name.strip()
    if not above or not name or above == name:
        yield unchecked("不适用：主管部门空着，或就是本单位")
        return
    found = False
    for cell in text_cells(context.figures.book):
        for wrong, right in words.items():
            if wrong in str(cell.value):
                found = True
                yield failed(finding_at(rule, cell.ref, f"写有“{wrong}”，本单位不是主管部门，应为“{right}”"))
    if not found:
        yield passed()


def signatures_real(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D76: people, telephone and date are real, not XX or 无. Blank ones are D73's."""
    answered = False
    for figures in context.figures.all:
        of, section = figures.section.roles, figures.section
        for name in (n for n in (*of.signers, *of.phones) if not section.cell(n).blank):
            answered, text = True, str(section.cell(name).value).strip()
            unreal = _PLACEHOLDER.fullmatch(text) or (_no_phone(text) if name in of.phones else _wordless(text))
            fact = f"{context.label(name)}填的是“{shorten(text)}”，应填真实内容"
            found = finding_at(rule, section.cell(name).ref, fact, context.project(figures))
            yield failed(found) if unreal else passed()
    roles = context.unit.book.roles
    for name in (roles.name, roles.department):
        cell = context.unit.book.cell(name)
        if not cell.blank and (_NO_NAME.search(str(cell.value)) or _wordless(str(cell.value))):
            yield failed(finding_at(rule, cell.ref, f"{context.label(name)}填的是“{cell.value}”，应填真实内容"))
    if not answered:
        yield unchecked("填表人、负责人、电话都没有填")


def _wordless(text: str) -> bool:
    """A dash or a figure is no name, and no problem either."""
    return not any(ch.isalpha() for ch in text)


def _no_phone(text: str) -> bool:
    return sum(map(str.isdigit, text)) < _LEAST_PHONE_DIGITS or _BROKEN_PHONE.fullmatch(text) is not None


def within_length(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D77: no more characters than the pack allows."""
    limits, answered = audit_settings(context.pack).limits, False
    for figures in context.figures.all:
        for name, limit in limits.items():
            for cell in _cells_named(name, figures):
                if cell.blank:
                    continue
                answered, length = True, len(str(cell.value))
                if length > limit:
                    label = name.rpartition("_")[2]
                    yield failed(finding_at(rule, cell.ref, f"{label} {length} 字，不宜超过 {limit} 字"))
                else:
                    yield passed()
    if not answered:
        yield unchecked("有字数要求的格子都没有填")


def _cells_named(name: str, figures: Figures) -> Iterator[Cell]:
    parts = figures.filed.space.split(name)
    if parts:
        yield from figures.section.column(*parts)
    elif name in figures.section.fields:
        yield figures.section.fields[name]


TEXT_CHECKS: Mapping[str, Callable[[Rule, Audit], Iterator[Answer]]] = {
    "last_year_agrees": last_year_agrees,
    "last_year_not_copied": last_year_not_copied,
    "names_single": names_single,
    "problems_told": problems_told,
    "results_told": results_told,
    "right_wording": right_wording,
    "signatures_real": signatures_real,
    "texts_differ": texts_differ,
    "unit_name_same": unit_name_same,
    "within_length": within_length,
    "words_say_something": words_say_something,
    "years_agree": years_agree,
}
