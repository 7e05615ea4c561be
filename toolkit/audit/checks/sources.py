"""Numbers in the staff's prose that no cell gives (无来源, D64): listed as 提示, with the nearest match.

A number has a source when it is a cell's, a sum or difference of two amounts, a ratio of two amounts, or follows
from another number of the same text. Counts are only judged beside the indicator that they name.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, finding_at, passed, unchecked
from toolkit.audit.checks.prose import Telling, cells_of_other_years, changes_told, planned_cells, prose_of, telling_of
from toolkit.audit.checks.walks import money_cells
from toolkit.audit.prose.reading import Quantity, What, read_quantities
from toolkit.core.dictionary import Kind
from toolkit.core.findings import Finding, Severity
from toolkit.core.light import dataclass
from toolkit.core.money import grouped, plain, round_half_up
from toolkit.pack import prose_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from toolkit.audit.checks.context import Audit
    from toolkit.audit.checks.prose import Prose
    from toolkit.audit.prose.reading import Sentence
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Row
    from toolkit.pack import Rule
    from toolkit.unit import Figures

_CENT, _HUNDRED = Decimal("0.01"), Decimal(100)

_SCALES = {"百": Decimal(100), "千": Decimal(1000), "万": Decimal(10000), "亿": Decimal(10**8)}

_NEAR = Decimal("0.1")  # of a figure: what is further off is another figure, and no hint

_SHOWN = 4

_LEAST_NAME = 4  # so many characters of an indicator's name in front of a count make it that indicator's

_MOST_OBJECT = 4  # so many characters may stand between what was done and how often: 调解矛盾纠纷 2000 件

_LEAST_SHARE, _LEAST_PIECE = 0.6, 2  # or this share of it, and never a single character


@dataclass(frozen=True, slots=True)
class Named:
    """The indicators of one unit (指标索引): name → its values, and where in other words a name is told.

    Looked up by pieces of the text, so that three hundred project forms are not compared with each other's texts.
    """

    values: Mapping[str, frozenset[Decimal]]
    aims: Mapping[str, frozenset[Decimal]]
    pieces: Mapping[str, tuple[str, ...]]
    told_as: Mapping[str, str]
    heads: Mapping[str, tuple[str, ...]]  # how names begin

    @classmethod
    def of(cls, rows: Sequence[Row], telling: Telling) -> Named:
        """From the rows in their order."""
        values: dict[str, set[Decimal]] = {}
        aims: dict[str, set[Decimal]] = {}
        pieces: dict[str, dict[str, None]] = {}
        unsaid = {row.name for row in rows if row.number(row.roles.result) is None}  # that is another fault, told there
        for row in rows:
            target, result = _scaled(row, row.roles.target), _scaled(row, row.roles.result)
            values.setdefault(row.name, set()).update(v for v in (target, result) if v is not None)
            aims.setdefault(row.name, set()).update(v for v in (target,) if v is not None)
        for name in values:
            size = min(_LEAST_NAME, max(_LEAST_PIECE, ceil(_LEAST_SHARE * len(name))))
            for start in range(len(name) - size + 1):
                pieces.setdefault(name[start : start + size], {})[name] = None
        given = {n: frozenset(v) if n not in unsaid else frozenset() for n, v in values.items()}
        aimed = {n: frozenset(v) for n, v in aims.items()}
        told_as = {short: name for name in values for short in telling.short_names(name)} | {n: n for n in values if n}
        heads: dict[str, tuple[str, ...]] = {}
        for name in values:
            heads[name[:_LEAST_PIECE]] = (*heads.get(name[:_LEAST_PIECE], ()), name)
        return cls(given, aimed, {p: tuple(names) for p, names in pieces.items()}, told_as, heads)

    def left_out(self, words: str) -> str:
        """The one name that is these words with some left out in its middle: 归集数据 for 归集政务数据量."""
        if len(words) < _LEAST_NAME:
            return ""
        found = [name for name in self.heads.get(words[:_LEAST_PIECE], ()) if _in_order(words, name)]
        return found[0] if len(found) == 1 else ""

    def told_in(self, head: str) -> list[str]:
        """The names of which the words have enough in a row."""
        sizes = range(_LEAST_PIECE, _LEAST_NAME + 1)
        found = (head[i : i + size] for size in sizes for i in range(len(head) - size + 1))
        told = {name for piece in found for name in self.pieces.get(piece, ())}
        return [name for name in self.values if name in told] if told else []


def _in_order(words: str, name: str) -> bool:
    """Whether a name has all signs of some words, in their order."""
    left = iter(name)
    return all(sign in left for sign in words)


@dataclass(frozen=True)
class Sources:
    """What the tables give (来源): labelled amounts in the pack's unit, percentages, and indicators by unit.

    `pairs`: target and result of the indicators of a name, in their plain unit; `reasons`: reason's cell → its row.
    """

    amounts: Mapping[Decimal, str]
    percents: Mapping[Decimal, str]
    rows: Mapping[str, Named]
    pairs: Mapping[str, Sequence[tuple[Decimal, Decimal, str]]]
    reasons: Mapping[CellRef, Row]
    telling: Telling

    @cached_property
    def ordered(self) -> tuple[Decimal, ...]:
        """The amounts, smallest first."""
        return tuple(sorted(self.amounts))

    @cached_property
    def floats(self) -> tuple[float, ...]:
        """The amounts above 0 as floats, smallest first; good enough for ratios, which are written to two places."""
        return tuple(float(a) for a in self.ordered if a > 0)

    @cached_property
    def exact(self) -> frozenset[int]:
        """The amounts in millionths, as far as they are whole ones: two of them add up, or are apart, exactly."""
        return frozenset(_millionths(list(self.amounts)))

    def near(self, value: Decimal, allowed: Decimal) -> bool:
        """Whether there is an amount within `allowed` of a value."""
        place = bisect_left(self.ordered, value - allowed)
        return place < len(self.ordered) and self.ordered[place] <= value + allowed


def every_number_has_a_source(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D64: amounts and percentages of the texts, and counts beside their indicator."""
    sources = _sources(context)
    if not sources.amounts and not sources.rows:
        yield unchecked("表里没有填数")
        return
    answered = False
    for figures in context.figures.all:
        prose = prose_of(figures, context)
        missing: dict[CellRef, list[str]] = {}
        judged = changes_told(prose, context)  # against both years of the table, by the other rule
        for sentence in _of_this_year(prose, figures, context):
            for quantity in (q for q in sentence.quantities if id(q) not in judged):
                told = _without_source(sentence, quantity, sources)
                answered = answered or told is not None
                if told:
                    missing.setdefault(prose.place(sentence.paragraph), []).append(told)
        yield from (failed(_listed(rule, ref, numbers, prose)) for ref, numbers in missing.items())
    yield passed() if answered else unchecked("文字里没有金额、比率，也没有指标的完成数")


def named_indicators_agree(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D64: 数据核验合格率 98.6% in a text is the target or the result of that very indicator; an aim is its target."""
    sources, answered = _sources(context), False
    for figures in context.figures.all:
        prose, aims = prose_of(figures, context), planned_cells(figures)
        for sentence in _of_this_year(prose, figures, context):
            row, planned = sources.reasons.get(place := prose.place(sentence.paragraph)), place in aims
            for quantity in sentence.quantities:
                told = _of_indicator(sentence, quantity, sources, planned=planned)
                told = _of_other_unit(sentence, quantity, sources) if told is None else told
                told = _of_slip(sentence, quantity, sources) if told is None else told
                told = _of_target(sentence, quantity, sources, row) if told is None else told
                answered = answered or told is not None
                if told:
                    yield failed(finding_at(rule, prose.place(sentence.paragraph), told, prose.project))
    yield passed() if answered else unchecked("文字里没有写出指标的数")


def _of_this_year(prose: Prose, figures: Figures, context: Audit) -> Iterator[Sentence]:
    others = cells_of_other_years(figures, context)
    return (one for one in prose.report.sentences if prose.place(one.paragraph) not in others)


def _of_indicator(sentence: Sentence, quantity: Quantity, sources: Sources, *, planned: bool) -> str | None:
    """What to say of a number right behind the whole name of an indicator; "" when it is one of its values.

    Among what is `planned` for the year it is the target, be it 95% or 95%以上.
    """
    unit = "%" if quantity.what is What.PERCENT else quantity.unit
    named = sources.rows.get(unit) if quantity.what in {What.PERCENT, What.COUNT} else None
    if named is None:
        return None
    head = sentence.head(quantity)
    bound = sources.telling.aimed.search(head) is not None
    aimed = bound or planned
    if (quantity.rough and not aimed) or sources.telling.other_time.search(head):
        return None
    told = sources.telling
    name = _name_at(told.verb.sub("", head), named, told, whole=bound)
    name = name or _planned_before(sentence, quantity, named, told)
    if not name:
        return None
    known = named.aims[name] if aimed else named.values[name]
    if not known or quantity.value in known:
        return ""
    scale, sign = (Decimal(10000), "万") if "万" in quantity.text else (Decimal(1), "")
    values = "、".join(grouped(v / scale) for v in sorted(known))
    asked = "指标值" if aimed else "指标值、实际完成值"
    return f"“{name}”写的是 {quantity.text}，指标表里的{asked}是 {values}{sign}{unit}"


def _of_other_unit(sentence: Sentence, quantity: Quantity, sources: Sources) -> str | None:
    """平均修复时间 3.2 天 where the table has 3.2 小时: the same figure in another unit of time."""
    telling, ours = sources.telling, sources.telling.times.get(quantity.unit)
    if ours is None or quantity.rough or quantity.what is not What.COUNT:
        return None
    stem = telling.verb.sub("", sentence.head(quantity))
    for unit, named in sources.rows.items():
        name = _name_at(stem, named, telling) if telling.times.get(unit, ours) != ours else ""
        if name and quantity.value in named.values[name]:
            return f"“{name}”写的是 {quantity.text}，指标表里是 {grouped(quantity.value)}{unit}，单位不同"
    return None


def _of_slip(sentence: Sentence, quantity: Quantity, sources: Sources) -> str | None:
    """购买31台, 调解纠纷200件: of 购买数量 13台, 调解件数 2000件; so few words are its name where its digits follow."""
    named, telling = sources.rows.get(quantity.unit), sources.telling
    head = sentence.head(quantity)
    if named is None or quantity.rough or quantity.what is not What.COUNT or telling.other_time.search(head):
        return None
    words = telling.clause.split(telling.verb.sub("", head))[-1]
    shorts = ((name, telling.counter.sub("", name)) for name in named.heads.get(words[:_LEAST_PIECE], ()))
    found = [n for n, short in shorts if words.startswith(short) and len(words) - len(short) <= _MOST_OBJECT]
    known = named.values[found[0]] if len(found) == 1 else frozenset()
    meant = min((v for v in known if _same_digits(v, quantity.value)), default=None)
    if meant is None or quantity.value in known:
        return None
    told = f"指标“{found[0]}”是 {grouped(meant)}{quantity.unit}"
    return f"“{words}{quantity.text}”，{told}，像是多打、少打了零，或数字颠倒"


def _same_digits(one: Decimal, other: Decimal) -> bool:
    """The same but for zeros behind, or for the order of the digits: 200 and 2000, 31 and 13."""
    mine, theirs = (plain(v).replace(".", "").strip("0") for v in (one, other))
    return mine == theirs or (len(plain(one)) == len(plain(other)) and sorted(plain(one)) == sorted(plain(other)))


def _name_at(stem: str, named: Named, telling: Telling, *, whole: bool = False) -> str:
    """The indicator whose whole name, or what people say for it, some words end with; "" where none does."""
    told = max(
        (n for n, of in named.told_as.items() if stem.endswith(n) and (n == of or not whole)), key=len, default=""
    )
    if told and telling.opens.search(stem.removesuffix(told)):
        return named.told_as[told]
    return "" if told or whole else named.left_out(telling.clause.split(stem)[-1])


def _planned_before(sentence: Sentence, quantity: Quantity, named: Named, telling: Telling) -> str:
    """业务培训计划 600 人次，实际完成 540 人次: the second figure is the same indicator's."""
    before = next((q for q in reversed(sentence.quantities) if q.start < quantity.start), None)
    if before is None or before.unit != quantity.unit or not telling.done.search(sentence.head(quantity)):
        return ""
    stem, planned = telling.planned.subn("", sentence.head(before))
    return _name_at(stem, named, telling) if planned else ""


def _of_target(sentence: Sentence, quantity: Quantity, sources: Sources, row: Row | None) -> str | None:
    """比计划少 60 人次, 完成率 90%: of the indicator told of right before, or of the row whose reason it is."""
    head, telling = sentence.head(quantity), sources.telling
    share = quantity.what is What.PERCENT and telling.share.search(head) is not None
    if quantity.rough or not (share or telling.apart.search(head)):
        return None
    before = [q for q in sentence.quantities if q.start < quantity.start and q.what is What.COUNT]
    name = ""
    for one in before[-1:]:
        named = sources.rows.get(one.unit)
        name = _name_at(telling.verb.sub("", sentence.head(one)), named, telling) if named else ""
    pairs = [p for p in sources.pairs.get(name, ()) if p[2] == before[-1].unit] if name else _own_pair(row)
    if not pairs or (not share and quantity.unit != pairs[0][2]):
        return None
    right = {_HUNDRED * result / target if share else abs(result - target) for target, result, _ in pairs if target}
    allowed = quantity.step / 2 if share else Decimal(0)
    if not right or any(abs(quantity.value - r) <= allowed for r in right):
        return ""
    fitting = "、".join(f"{grouped(round_half_up(r, 2))}{'%' if share else quantity.unit}" for r in sorted(right))
    whose = name or (row.name if row else "")
    return f"“{head.strip()}{quantity.text}”，按指标“{whose}”的指标值和实际完成值应为 {fitting}"


def _own_pair(row: Row | None) -> list[tuple[Decimal, Decimal, str]]:
    """Target and result of one row in its plain unit."""
    target, result = (_scaled(row, c) for c in (row.roles.target, row.roles.result)) if row else (None, None)
    if row is None or target is None or result is None:
        return []
    return [(target, result, row.text(row.roles.unit).strip().lstrip("百千万亿"))]


def _listed(rule: Rule, ref: CellRef, numbers: list[str], prose: Prose) -> Finding:
    shown = "；".join(numbers[:_SHOWN]) + (f"；等 {len(numbers)} 处" if len(numbers) > _SHOWN else "")
    text = f"{ref}{prose.project}：{shown}。请核对；确有依据的不用改。[{rule.id}]"
    return Finding(rule.id, Severity.NOTICE, (ref,), text)


def _without_source(sentence: Sentence, quantity: Quantity, sources: Sources) -> str | None:
    """What to say of a number without a source; "" when it has one; None when it is not judged."""
    if quantity.rough or sources.telling.aims.search(sentence.head(quantity)):
        return None
    if quantity.what is What.MONEY and sources.amounts:
        known = _amount_known(sentence, quantity, sources)
        return "" if known else _told(quantity, _nearest(quantity.value, sources.amounts), quantity.unit)
    if quantity.what is What.PERCENT and sources.percents:
        known = any(abs(quantity.value - p) <= quantity.step / 2 + _CENT / 2 for p in sources.percents)
        known = known or _from_own_text(sentence, quantity) or _is_ratio(quantity, sources.floats)
        return "" if known else _told(quantity, _nearest(quantity.value, sources.percents), "%")
    return _count(sentence, quantity, sources) if quantity.what is What.COUNT else None


def _told(quantity: Quantity, near: tuple[Decimal, str], unit: str) -> str:
    value, label = near
    hint = abs(value - quantity.value) <= abs(quantity.value) * _NEAR
    return _unsourced(quantity, f"{label} {grouped(round_half_up(value, 2))}{unit}" if hint else "")


def _unsourced(quantity: Quantity, near: str) -> str:
    return f"“{quantity.text}”在表里没有来源" + (f"，最接近的是{near}" if near else "")


def _nearest(value: Decimal, known: Mapping[Decimal, str]) -> tuple[Decimal, str]:
    return min(known.items(), key=lambda pair: (abs(pair[0] - value), pair[1]))


def _amount_known(sentence: Sentence, quantity: Quantity, sources: Sources) -> bool:
    """A cell, the sum or difference of two cells, or of the text's other amounts and a cell."""
    allowed = quantity.step / 2 if quantity.step > _CENT else _CENT
    value = quantity.value
    if not value or sources.near(value, allowed):
        return True
    all_own: Counter[int] = sentence.memo.once("amounts", lambda: Counter(_millionths(_money(sentence))))
    known = sources.exact
    for whole in _millionths([value]):
        own = all_own.keys() if all_own[whole] > 1 else all_own.keys() - {whole}  # not itself
        if any(whole - o in known or whole + o in known for o in known):
            return True
        if any(whole - o in known or whole + o in known or o - whole in known or o - whole in own for o in own):
            return True
    return False


def _money(sentence: Sentence) -> list[Decimal]:
    return [q.value for q in sentence.quantities if q.what is What.MONEY]


def _millionths(amounts: list[Decimal]) -> list[int]:
    """Amounts as whole numbers, which are quick to add and to look up; what is finer is left out."""
    return [int(m) for a in amounts if (m := a.scaleb(6)) == m.to_integral_value()]


def _from_own_text(sentence: Sentence, quantity: Quantity) -> bool:
    """A rate of two numbers of its own sentence: for each, the other is looked up among those of its kind."""
    for counts, ordered in sentence.memo.once("numbers", lambda: _by_unit(sentence)):
        for whole in ordered:
            ends = [(quantity.value + gap) * whole / _HUNDRED for gap in (-quantity.step, quantity.step)]
            first, last = bisect_left(ordered, min(ends)), bisect_right(ordered, max(ends))
            if last - first > 1 or (last > first and (ordered[first] != whole or counts[whole] > 1)):
                return True
    return False


def _by_unit(sentence: Sentence) -> list[tuple[Counter[Decimal], list[Decimal]]]:
    """The amounts and counts of a sentence by their unit: how often each stands there, and in order."""
    found: defaultdict[tuple[What, str], Counter[Decimal]] = defaultdict(Counter)
    for q in sentence.quantities:
        if q.what in {What.MONEY, What.COUNT} and q.value:
            found[q.what, q.unit][q.value] += 1
    return [(counts, sorted(counts)) for counts in found.values()]


def _count(sentence: Sentence, quantity: Quantity, sources: Sources) -> str | None:
    """A count beside the indicator that the text names: one of its two values."""
    same_unit = sources.rows.get(quantity.unit)
    names = same_unit.told_in(sentence.head(quantity)) if same_unit else []
    if same_unit is None or not names:
        return None
    values = frozenset[Decimal]().union(*(same_unit.values[name] for name in names))
    if not values or quantity.value in values:
        return ""
    if any(value + quantity.value in values for value in values):
        return ""
    near = min(values, key=lambda v: (abs(v - quantity.value), v))
    label = f"指标“{names[0]}”"
    return _unsourced(quantity, f"{label}的 {grouped(near)}{quantity.unit}")


def _scaled(row: Row, column: str) -> Decimal | None:
    """An indicator's value in its plain unit: 2130 万条 → 21300000 条."""
    value = row.number(column)
    if value is None:
        return None
    scale = _SCALES.get(row.text(row.roles.unit).strip()[:1])
    return value * scale if scale else value


def _sources(context: Audit) -> Sources:
    return context.memo.once("sources", lambda: _gathered(context))


def _gathered(context: Audit) -> Sources:
    amounts: dict[Decimal, str] = {}
    percents: dict[Decimal, str] = {_HUNDRED: "满额"}
    rows: dict[str, list[Row]] = {}
    pairs: dict[str, list[tuple[Decimal, Decimal, str]]] = {}
    reasons: dict[CellRef, Row] = {}
    for figures in context.figures.all:
        factor, money_unit = context.pack.factor(figures.section.space), context.pack.unit
        for _, cell in money_cells(figures):
            if isinstance(cell.value, Decimal):
                amounts.setdefault(cell.value * factor, str(cell.ref))
        for name, value in _computed(figures):
            target = amounts if figures.filed.space.fields[name].kind is Kind.MONEY else percents
            factor_of = factor if target is amounts else _HUNDRED
            target.setdefault(value * factor_of, context.label(name))
        for row in figures.section.indicators:
            rows.setdefault(row.text(row.roles.unit).strip().lstrip("百千万亿"), []).append(row)
            pairs.setdefault(row.name, []).extend(_own_pair(row))
            reasons[row.cell(row.roles.reason).ref] = row
            _indicator(row, amounts, percents, money_unit)
    telling = telling_of(prose_settings(context.pack))
    named = {unit: Named.of(found, telling) for unit, found in rows.items()}
    return Sources(amounts, percents, named, pairs, reasons, telling)


def _computed(figures: Figures) -> Iterator[tuple[str, Decimal]]:
    """Amounts and rates of the single cells, computed ones included."""
    for name, datum in figures.filed.space.fields.items():
        if datum.kind in {Kind.MONEY, Kind.RATE} and (value := figures.filed.number(name)) is not None:
            yield name, value


def _indicator(row: Row, amounts: dict[Decimal, str], percents: dict[Decimal, str], money_unit: str) -> None:
    roles = row.roles
    unit, label = row.text(roles.unit).strip(), f"指标“{row.name}”"
    for column in (roles.target, roles.result):
        value = row.number(column)
        if value is not None and unit in {"%", "％"}:
            percents.setdefault(value, label)
        elif value is not None and unit.endswith("元"):
            read = read_quantities(f"{plain(value)}{unit}", money_unit)
            amounts.setdefault(read[0].value if read else value, label)
        elif value is None:
            for found in read_quantities(row.text(column), money_unit):
                target = {What.MONEY: amounts, What.PERCENT: percents}.get(found.what)
                if target is not None:
                    target.setdefault(found.value, label)


def _is_ratio(quantity: Quantity, ordered: tuple[float, ...]) -> bool:
    """A percentage that two amounts give: one as a share of another, or its change against another."""
    value, off = float(quantity.value), float(quantity.step) * 0.51
    for share in (value, 100 + value, 100 - value):
        for whole in ordered if share > 0 else ():
            place = bisect_left(ordered, (share - off) / 100 * whole)
            if place < len(ordered) and ordered[place] <= (share + off) / 100 * whole:
                return True
    return False


SOURCE_CHECKS = {
    "every_number_has_a_source": every_number_has_a_source,
    "named_indicators_agree": named_indicators_agree,
}
