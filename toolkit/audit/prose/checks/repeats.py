"""What is said twice (前后不一, D69): a figure, a table against its 合计 and the text, the score; its grade (C62)."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, groupby, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums import CENT
from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Quantity,
    Role,
    Sides,
    What,
    bad,
    gap_text,
    good,
    grammar_of,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.money import plain
from toolkit.core.patterns import compiled, late
from toolkit.pack import Topic, audit_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Claim, Grammar, Mention, Paragraph, Passage, Report, Sentence
    from toolkit.pack import ProseSettings

_SCALE = late(r"以上|以下|含|≥|≤|[-—–~～]\s*\d|不足|低于|高于|划分|分为|标准|等次为四")

_GRADED = (
    r"(?:等级|等次|级别|结果|评价|评定|评为|档次|结论|定级)(?:评定|评价)?(?:结果|等级|等次)?(?:为|是|：|:)?\s*[“”\"「]?"
)

_VERB = late(r"(?:为|是|达到|达|共|合计|计|得|[：:\s])+$")

_WHOLE = late(r"整体|综合|总")

_NOT_WHOLE = late(r"项目(?!支出)|专项|指标|执行|投入|过程|产出|效[果益]|满意度")

_PROJECT = late("项目")

_LEAST_WHOLE = Decimal(60)  # a plain 自评得分 below may be one item's

_FULL = late(r"满分|总分(?:值)?(?:为)?$|分值")

_SHARED = late(r"[，,]?占[^，；。\d]{2,24}")

_MOST_VALUES, _FAR = 2, Decimal("0.25")

_NUMBERED = late(r"20\d\d年度?|^[（(]?\d{1,2}[）)、.．]")

_DATED = late(r"20\d\d年度?|[、和及与]")

_LEAST_DIGITS, _LEAST_COUNTED, _LEAST_NAME = 5, 3, 3  # amounts with their point

_OF_ANOTHER = late("[省市县区镇乡村]|街道|[一二三四五六七八九十甲乙丙丁]|[男女新老上下半季月]|直接|间接")

_MOST_TWINS, _MOST_HEADS = 20, 3

_YUAN = 10_000

_LEVEL = late(r"\s*(?:[（(]?[一二三四五六七八九十\d]+[）)、.．])")  # rows of several levels are no plain sum

_SPACE, _NUMBER = late(r"\s+"), late(r"-?\d+(?:\.\d+)?")

_NO_DIGITS, _STOPS = late(r"[^\d.]"), late("[，,。；;：:、（(）)]")


def check_repeats(report: Report) -> Iterator[Judged]:
    """D69: figures of the pack's concepts, for the same year and basis."""
    for concept in report.settings.concepts:
        claims = [c for c in report.actual(concept.name) if not concept.counts and not _of_some(c, report.settings)]
        kinds = [(c.scope, _plainest(c)) for c in claims]
        for kind in dict.fromkeys(kinds):
            yield from _same([c for c, of in zip(claims, kinds, strict=True) if of == kind], report)


def _plainest(claim: Claim) -> str:
    """部门整体支出 is 整体支出, 本年收入合计 is 本年收入: the shortest of the concept's words that it is made of."""
    inside = [w for w in claim.concept.words if claim.word.startswith(w) or claim.word.endswith(w)]
    return min(inside, key=lambda w: (len(w), not claim.word.startswith(w)))


def _of_some(claim: Claim, settings: ProseSettings) -> bool:
    """The sentence speaks of a part of the department, or of one source of its money."""
    return settings.has("part_words", claim.sentence.text[: claim.quantity.start])


def _same(claims: list[Claim], report: Report) -> Iterator[Judged]:
    values = list(dict.fromkeys(c.quantity.value for c in claims))
    if len(claims) > 1 and max(values) - min(values) <= max(c.quantity.step for c in claims):
        yield good(Topic.FIGURES)
    elif len(values) == _MOST_VALUES:  # more values: several units or years that the text tells apart in its own way
        first, second = (next(c for c in claims if c.quantity.value == v) for v in values)
        sides = Sides(first.quantity.value, second.quantity.value, CENT, first.quantity.unit)
        near = _mistyped(first.quantity, second.quantity) and first.word == second.word
        if not intervals.slip_apart(first.quantity.value, second.quantity.value, _FAR, CENT):
            return  # of another fund, or so far
        if not near and _money_told(first, report.settings) != _money_told(second, report.settings):
            return
        fact = (
            f"{first.concept.name}这里是 {second.quantity.text}，第 {first.sentence.paragraph} 段是 "
            f"{first.quantity.text}，{gap_text(sides)}"
        )
        quoted = quote(second.sentence.printed, [second.quantity])
        action = "请核对，同一个数前后应一致；口径不同的请写明口径。"
        told = report.amounts_near(sides.gap, CENT)
        severity = Severity.ERROR if near and not told else Severity.NOTICE  # 含结转 10 万元: no slip
        yield bad(ProseFinding(Topic.FIGURES, severity, second.sentence.paragraph, quoted, fact, action, sides))


def _money_told(claim: Claim, settings: ProseSettings) -> str:
    """Whose money the words around say: 占财政拨款总支出的 behind the figure, or the heading above."""
    behind = _SHARED.match(claim.sentence.text, claim.quantity.end)
    told = f"{behind[0] if behind else ''}{''.join(claim.sentence.headings)}"
    return next((w for w in settings.words("scopes") if w in told), "")


def _mistyped(first: Quantity, second: Quantity) -> bool:
    """One digit changed, or two neighbours swapped: the same figure, wrongly typed."""
    one, two = (_NO_DIGITS.sub("", q.text) for q in (first, second))
    if len(one) != len(two) or len(one) < 4:  # noqa: PLR2004 - short numbers are alike by chance
        return False
    apart = [i for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    swapped = len(apart) == 2 and one[apart[0]] == two[apart[1]] and one[apart[1]] == two[apart[0]]  # noqa: PLR2004
    return len(apart) == 1 or swapped


def check_twice(report: Report) -> Iterator[Judged]:
    """D69: any figure given twice under the same name, one digit apart; what the concepts do not cover."""
    grammar = grammar_of(report.settings)
    known: dict[str, list[tuple[Passage, Mention]]] = {}
    given = _values_given(report, grammar)
    for passage, mention in _named_figures(report):
        earlier = [e for key in _blurred(mention.quantity) for e in known.get(key, ())]
        twin = next((e for e in earlier if _is_twin(e, (passage, mention), grammar)), None)
        if twin is not None and _only_these(twin[1], mention, given, grammar) and not _moved_by(twin, mention, report):
            yield bad(_differs(twin, (passage, mention)))
        for key in _blurred(mention.quantity):
            known.setdefault(key, []).append((passage, mention))
            del known[key][:-_MOST_TWINS]


def _named_figures(report: Report) -> Iterator[tuple[Passage, Mention]]:
    """Amounts, and counts long enough not to be alike by chance."""
    for passage in report.passages:
        for mention in passage.mentions if not passage.row else ():
            quantity = mention.quantity
            if mention.role is Role.LEVEL and quantity.what in {What.MONEY, What.COUNT} and not quantity.rough:
                yield passage, mention


def _values_given(report: Report, grammar: Grammar) -> dict[tuple[str, str], set[Decimal]]:
    """Name and unit of every count → its values."""
    given: dict[tuple[str, str], set[Decimal]] = {}
    for _, mention in _named_figures(report):
        if mention.quantity.what is What.COUNT:
            given.setdefault(_name(mention, grammar), set()).add(mention.quantity.value)
    return given


def _name(mention: Mention, grammar: Grammar) -> tuple[str, str]:
    return stem(_bare(mention.head, grammar), grammar), mention.quantity.unit


def _only_these(first: Mention, second: Mention, given: dict[tuple[str, str], set[Decimal]], grammar: Grammar) -> bool:
    """No count has a third value under these names: several villages or years would give several."""
    values = [given.get(_name(m, grammar), set()) for m in (first, second)]
    few = all(len(found) <= _MOST_VALUES for found in values)
    return first.quantity.what is What.MONEY or (few and len(values[0] | values[1]) == _MOST_VALUES)


def _moved_by(first: tuple[Passage, Mention], second: Mention, report: Report) -> bool:
    """A figure between the two is what they differ by: 追加 100 万元 makes one of the other."""
    gap = abs(first[1].quantity.value - second.quantity.value)
    return first[1].quantity.what is What.MONEY and bool(report.amounts_near(gap, Decimal(0)))


def _blurred(quantity: Quantity) -> Iterator[str]:
    """The figure with one digit left open: what two figures share that are one digit apart."""
    digits = _NO_DIGITS.sub("", quantity.text)
    least = _LEAST_DIGITS if quantity.what is What.MONEY else _LEAST_COUNTED
    if len(digits) >= least:
        yield from (f"{quantity.unit}{digits[:i]}*{digits[i + 1 :]}" for i, c in enumerate(digits) if c != ".")


def _is_twin(first: tuple[Passage, Mention], second: tuple[Passage, Mention], grammar: Grammar) -> bool:
    one, two = first[1], second[1]
    if one.quantity.value == two.quantity.value or len({one.year, two.year} - {None}) > 1:
        return False
    if one.quantity.what is What.COUNT:
        exact = all(m.quantity.value % 10 for m in (one, two))  # 300 and 500 are alike by chance
        named = min(len(_name(m, grammar)[0]) for m in (one, two)) >= _LEAST_NAME
        return exact and named and one.paragraph != two.paragraph and _same_name(one, two, grammar)
    return _same_name(one, two, grammar) or _balanced(first, two, second[0])


def _same_name(first: Mention, second: Mention, grammar: Grammar) -> bool:
    """The words call both the same: the same name, total word, and kind of money."""
    heads = [_bare(m.head, grammar) for m in (first, second)]
    if not all(heads):
        return False
    if heads[0] == heads[1]:
        dated = first.head == second.head != heads[0]
        long = len(heads[0]) > _LEAST_NAME  # 全年支出, 财政拨款收入
        return dated or long or bool(stem(heads[0], grammar)) or grammar.total.search(heads[0]) is not None
    if len({_unframed(h, grammar) for h in heads}) == 1 and len(_unframed(heads[0], grammar)) > _LEAST_NAME:
        return True
    stems = sorted((stem(h, grammar).replace("和", "") for h in heads), key=len)
    flows = [(grammar.income.search(h) is None, grammar.outlay.search(h) is None) for h in heads]
    plans = [grammar.budget.search(h) is None for h in heads]
    alike = stems[0] == stems[1] != "" or _is_longer(stems[0], stems[1], grammar)
    return alike and flows[0] == flows[1] and plans[0] == plans[1]


def _unframed(head: str, grammar: Grammar) -> str:
    """财政拨款收入 of 2023年全年财政拨款收入共计: what the figure is of, without year, unit and total words."""
    return grammar.frame.sub("", head)


def _is_longer(name: str, longer: str, grammar: Grammar) -> bool:
    """门诊量 and 医院门诊量; 上年, 计划, 已付 and another unit's name make another figure."""
    more = longer.removesuffix(name)
    other = any(p.search(more) for p in (grammar.past, grammar.planned, grammar.rest, _OF_ANOTHER))
    apart = other or grammar.status_of(more) in {"paid", "left", "contract"}
    return len(name) >= _LEAST_NAME >= len(more) > 0 and more != longer and not apart


def _balanced(first: tuple[Passage, Mention], second: Mention, passage: Passage) -> bool:
    """收入总计 and 支出总计 of one paragraph are the same, as are 总收入 and 总支出."""
    if "总" not in first[1].head or "总" not in second.head:
        return False
    heads = [_DATED.sub("", m.head) for m in (first[1], second)]
    return (first[0] is passage or heads[0].startswith(("总收入", "总支出"))) and heads[0].replace(
        "收入", "支出"
    ) == heads[1].replace("收入", "支出")


def _bare(head: str, grammar: Grammar) -> str:
    words = _NUMBERED.sub("", head.lstrip("、和及与"))
    mark = grammar.lists.match(words)
    return words[mark.end() :] if mark else words


def _differs(first: tuple[Passage, Mention], second: tuple[Passage, Mention]) -> ProseFinding:
    one, two = first[1].quantity, second[1].quantity
    sides = Sides(one.value, two.value, CENT, two.unit)
    name = second[1].head.strip("、和及与")
    fact = f"“{name}”这里是 {two.text}，第 {first[0].paragraph} 段是 {one.text}，{gap_text(sides)}"
    quoted = quote(second[0].printed, [two])
    action = "请核对，同一个数前后应一致；口径不同的请写明口径。"
    return ProseFinding(Topic.FIGURES, Severity.NOTICE, second[0].paragraph, quoted, fact, action, sides)


def check_tables(report: Report) -> Iterator[Judged]:
    """D69: the 合计 of a column against the rows above or below; told only where one wrong digit explains the gap."""
    grammar = grammar_of(report.settings)
    for is_row, group in groupby(report.paragraphs, key=lambda p: p.row):
        rows = [(p, p.text.split("|")) for p in group] if is_row else []
        for place, (paragraph, cells) in enumerate(rows):
            if grammar.bare_total.fullmatch(_SPACE.sub("", cells[0])):
                above = _since_total(rows[:place], len(cells), grammar)
                below = _since_total(list(reversed(rows[place + 1 :])), len(cells), grammar)
                flat = not any(_LEVEL.match(row[0]) or grammar.lists.search(row[0]) for row in (*above, *below))
                yield from _columns(paragraph, cells, (above, below)) if flat else ()
        yield from _rows(rows, grammar)
        yield from _against_text(rows, report, grammar)


def _rows(rows: list[tuple[Paragraph, list[str]]], grammar: Grammar) -> Iterator[Judged]:
    """A column headed 合计: each row's total against the cells to one side of it."""
    for head in rows[:_MOST_HEADS]:
        totals = [n for n, cell in enumerate(head[1]) if n and grammar.bare_total.fullmatch(_SPACE.sub("", cell))]
        for paragraph, cells in rows if len(totals) == 1 else ():
            total = _plain(cells[totals[0]]) if len(cells) == len(head[1]) else None
            sides = (cells[1 : totals[0]], cells[totals[0] + 1 :])
            sums = [[n for cell in side if (n := _plain(cell)) is not None] for side in sides]
            known = [sum(numbers, Decimal(0)) for numbers in sums if len(numbers) > 1]
            if total is not None and known:
                yield from _total_judged(paragraph, (total, known), f"表中“{cells[0].strip()}”一行合计", "各列之和")


def _against_text(rows: list[tuple[Paragraph, list[str]]], report: Report, grammar: Grammar) -> Iterator[Judged]:
    """A figure of the text against the row of a table that has its name: told where one digit differs."""
    said = report.memo.once("said", lambda: _said(report, grammar)) if rows else {}
    for paragraph, cells in rows:
        name = stem(_bare(cells[0].strip(), grammar), grammar)
        numbers = [n for cell in cells[1:] if (n := _plain(cell)) is not None]
        for passage, mention in said.get(name, ())[:_MOST_TWINS] if name and numbers else ():
            value = mention.quantity.value
            if any(n in {value, value * _YUAN} for n in numbers) or len(str(value)) < _LEAST_DIGITS:
                continue
            near = next((n for n in numbers if intervals.one_digit_apart(n, value)), None)
            if near is not None:
                unit = mention.quantity.unit
                sides = Sides(value, near, CENT, unit)
                fact = f"“{mention.head}”文中是 {mention.quantity.text}，第 {paragraph.number} 段的表里是 {plain(near)}"
                quoted = quote(passage.printed, [mention.quantity])
                action = "请核对，表和文应一致；口径不同的请写明口径。"
                yield bad(ProseFinding(Topic.FIGURES, Severity.NOTICE, passage.paragraph, quoted, fact, action, sides))


def _said(report: Report, grammar: Grammar) -> dict[str, list[tuple[Passage, Mention]]]:
    """Name → the amounts of the text that are called so."""
    found: dict[str, list[tuple[Passage, Mention]]] = {}
    for passage in report.passages:
        for mention in passage.mentions if not passage.row else ():
            plainly = mention.role is Role.LEVEL and mention.quantity.what is What.MONEY
            if plainly and not mention.quantity.rough:
                found.setdefault(stem(_bare(mention.head, grammar), grammar), []).append((passage, mention))
    return found


def _since_total(rows: list[tuple[Paragraph, list[str]]], width: int, grammar: Grammar) -> list[list[str]]:
    """The rows of the same width next to a total, back to the total before."""
    own = takewhile(lambda r: not grammar.bare_total.fullmatch(_SPACE.sub("", r[1][0])), reversed(rows))
    return [cells for _, cells in own if len(cells) == width]


def _columns(paragraph: Paragraph, cells: list[str], sides: tuple[list[list[str]], ...]) -> Iterator[Judged]:
    for column in range(1, len(cells)):
        total = _plain(cells[column])
        sums = [[n for row in rows if (n := _plain(row[column])) is not None] for rows in sides]
        known = [sum(numbers, Decimal(0)) for numbers in sums if len(numbers) > 1]
        if total is None or not known:
            continue
        yield from _total_judged(paragraph, (total, known), f"表中第 {column + 1} 列合计", "各行之和")


def _total_judged(
    paragraph: Paragraph, figures: tuple[Decimal, list[Decimal]], name: str, other: str
) -> Iterator[Judged]:
    total, known = figures
    near = next((s for s in known if intervals.one_digit_apart(s, total)), None)
    if any(abs(s - total) <= intervals.CENT for s in known):
        yield good(Topic.FIGURES)
    elif near is not None and total:
        sides = Sides(total, near, intervals.CENT, "")
        fact = f"{name} {plain(total)}，{other} {plain(near)}，相差 {plain(sides.gap)}"
        text = quote(paragraph.text)
        yield bad(
            ProseFinding(Topic.FIGURES, Severity.NOTICE, paragraph.number, text, fact, "请核对合计和各项。", sides)
        )


def _plain(cell: str) -> Decimal | None:
    text = _SPACE.sub("", cell).replace(",", "")
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def scores(report: Report) -> Iterator[tuple[Sentence, Quantity]]:
    """The self-score of the whole unit wherever the text states it."""
    for sentence in report.sentences:
        for quantity in sentence.quantities:
            if quantity.what is What.SCORE and not quantity.rough and is_own_score(sentence, quantity, report):
                yield sentence, quantity


def is_own_score(sentence: Sentence, quantity: Quantity, report: Report) -> bool:
    """自评得分95分 of the unit; not of a project, not a full mark, not one indicator's."""
    before = _VERB.sub("", sentence.text[: quantity.start])
    head = _STOPS.split(before)[-1].strip()
    word = next((w for w in report.settings.words("score_words") if head.endswith(w)), "")
    if not word or _FULL.search(head) or _NOT_WHOLE.search(head):
        return False
    rest = head.removesuffix(word).replace(report.unit or "□", "")
    return is_whole(head) or not report.settings.lead.sub("", rest).strip("的 ")


def is_whole(head: str) -> bool:
    """The words say that the score is of everything: 整体支出…得分, 综合得分, 总分."""
    return _WHOLE.search(head) is not None


def check_scores(report: Report) -> Iterator[Judged]:
    """C43 a score over 100, C61 full marks, C62 the grade, D69 two scores."""
    found = [(s, q) for s, q in scores(report) if is_whole(s.text[: q.start]) or q.value >= _LEAST_WHOLE]
    full = audit_settings(report.settings.pack).full_mark
    for sentence, quantity in found:
        yield from _too_high(sentence, quantity, full, report)
        yield from _grade(sentence, quantity, report)
    whole = [(s, q) for s, q in found if is_whole(s.text[: q.start])]
    values = list(dict.fromkeys(q.value for _, q in whole))
    if len(values) > 1:
        sentence, quantity = next((s, q) for s, q in whole if q.value == values[1])
        sides = Sides(values[0], values[1], CENT, "分")
        fact = f"自评得分这里是 {plain(values[1])} 分，第 {whole[0][0].paragraph} 段是 {plain(values[0])} 分"
        quoted = quote(sentence.printed, [quantity])
        years = {year for s, q in whole if (year := s.year(q)) is not None}
        projects = {_PROJECT.search(s.head(q)) is not None for s, q in whole}
        severity = Severity.ERROR if len(years) <= 1 and len(projects) == 1 else Severity.NOTICE
        action = "请核对，前后应一致；说的不是一件事的请写明。"
        yield bad(ProseFinding(Topic.FIGURES, severity, sentence.paragraph, quoted, fact, action, sides))
    elif values == [full] and not any(report.settings.has("problem_words", h.title) for h in report.headings):
        sentence, quantity = whole[0]
        fact = f"自评得 {plain(full)} 分满分，又没有写存在的问题，文中也没有各项得分，得分无从核对"
        quoted = quote(sentence.printed, [quantity])
        yield bad(
            ProseFinding(Topic.FULL_MARKS, Severity.NOTICE, sentence.paragraph, quoted, fact, "请确认是否如实反映。")
        )


def _too_high(sentence: Sentence, quantity: Quantity, full: Decimal, report: Report) -> Iterator[Judged]:
    if quantity.value > full:
        others = (q.value for s in report.sentences for q in s.quantities if q.what is What.SCORE and q is not quantity)
        scale = any(value >= quantity.value for value in others)  # 总分 120 分，得 105 分
        sides = Sides(quantity.value, full, Decimal(0), "分")
        fact = f"自评得分 {plain(quantity.value)} 分，超过满分 {plain(full)} 分"
        quoted = quote(sentence.printed, [quantity])
        severity = Severity.NOTICE if scale else Severity.ERROR
        yield bad(ProseFinding(Topic.SCORE, severity, sentence.paragraph, quoted, fact, "请核对得分。", sides))


def _grade(sentence: Sentence, quantity: Quantity, report: Report) -> Iterator[Judged]:
    grade = stated_grade(sentence, quantity, report)
    if not grade:
        return
    right = report.settings.pack.scoring.grade(quantity.value)
    if grade == right:
        yield good(Topic.GRADE)
        return
    fact = f"自评得分 {plain(quantity.value)} 分，等级写的是“{grade}”，按得分应为“{right}”"
    quoted = quote(sentence.printed, [quantity])
    yield bad(ProseFinding(Topic.GRADE, Severity.ERROR, sentence.paragraph, quoted, fact, "请核对得分和等级。"))


def stated_grade(sentence: Sentence, quantity: Quantity, report: Report) -> str:
    """The grade that the sentence gives a score, in the pack's words; "" where it gives none, or a scale."""
    words = report.settings.grade_words
    grades = "|".join(sorted(chain(*words.values()), key=len, reverse=True))
    pattern = compiled(rf"{_GRADED}(?P<grade>{grades})[”\"」]?(?=[，。；、,;）)\s等级]|$)")
    stated = pattern.search(sentence.text, quantity.end)
    if stated is None or _SCALE.search(sentence.text) or _other_figure(sentence, quantity, stated.start()):
        return ""
    return str(next((g for g, names in words.items() if stated["grade"] in names), stated["grade"]))


def _other_figure(sentence: Sentence, quantity: Quantity, end: int) -> bool:
    return any(q.what is What.SCORE and quantity.end <= q.start < end for q in sentence.quantities)
