"""pack check (规则包检查): names, formulas, rules, forms and the Word template agree with each other.

So do `[batch]`, `[[batch_rule]]` and 通报.docx. Every problem is a Chinese sentence that names file and entry, with the
nearest right name.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit import verdict_text
from toolkit.audit.checks import CHECKS
from toolkit.authoring.keeping import check_identity, check_returns, check_roles, check_shapes
from toolkit.authoring.word import check_document, check_outline
from toolkit.batch import LETTER_NAMES
from toolkit.batch.collect import BATCH_CHECKS
from toolkit.batch.summary import BULLETIN_NAMES
from toolkit.core.dictionary import TableRole
from toolkit.core.errors import PackError, ToolkitError
from toolkit.core.patterns import late
from toolkit.core.words import suggested
from toolkit.engines.formula import FormulaError, linear_relation, parse
from toolkit.engines.xlsx import open_file
from toolkit.pack import (
    BULLETIN_OUTLINE,
    BULLETIN_TEMPLATE,
    EXECUTION_MARK,
    FILL_NAME,
    FULL_MARK,
    INDICATOR_COLUMNS,
    LETTER_OUTLINE,
    LETTER_TEMPLATE,
    MACRO_NAME,
    PUBLIC_NAME,
    REPORT_NAME,
    RULE_ID,
    RULE_ID_TOLD,
    STATES,
    Sign,
    batch_settings,
    chart_name,
    disclosure_settings,
    prose_settings,
    rule_text,
)
from toolkit.publishing import public_names
from toolkit.publishing.document import CONTEXT_NAMES, CONTEXT_TABLES, pack_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from toolkit.core.dictionary import NameSpace
    from toolkit.pack import Pack, Rule, SheetForm

_SHOWN = 5  # names of a list in one sentence

_HOLE = late(r"\{([^{}]+)\}")
_BRACE = late(r"[{}]")


def check_pack(pack: Pack) -> list[str]:
    """Every contradiction found in a pack; empty when it is sound."""
    if not any((pack.folder / name).is_file() for name, _ in _built(pack)):
        return [
            *_all(pack, (check_identity,)),
            *unsound(pack),
            "还没有生成工作簿和 Word 模板，请运行 jixiao pack build。",
        ]
    return [*unsound(pack), *_all(pack, (check_identity, _workbooks, check_document))]


def unsound(pack: Pack) -> list[str]:
    """What is wrong with a pack before anything is built from it."""
    parts = (
        _weights,
        check_shapes,
        check_roles,
        check_returns,
        _computations,
        _rules,
        _disclosure,
        _proofreading,
        _fill_forms,
        _report_forms,
        check_batch,
        check_outline,
    )
    return _all(pack, parts)


def _all(pack: Pack, parts: Iterable[Callable[[Pack], Iterator[str]]]) -> list[str]:
    return [told for part in parts for told in _collected(lambda part=part: part(pack))]  # type: ignore[misc]


def _collected(check: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(check())
    except ToolkitError as error:
        return [str(error)]


def _unknown(name: str, known: Iterable[str]) -> str:
    return f"不认识名称“{name}”{suggested(name, known, '')}"


def _all_names(pack: Pack) -> set[str]:
    return set(pack.dictionary.all_names())


def _weights(pack: Pack) -> Iterator[str]:
    for space in pack.dictionary.spaces:
        yield from _points_of(space, pack)
    for name in pack.chosen.values():
        if name not in pack.lists:
            yield f"pack.toml [choices]：没有下拉表“{name}”。"
    for name in pack.narrowing:
        narrowed, whole = pack.narrowed(name), pack.choices(name) or ()
        for word in (w for words in narrowed.words.values() for w in words) if narrowed else ():
            if word not in whole:
                yield f"pack.toml [choices_by] {name}：“{word}”不在这一列的下拉表里。"


def _points_of(space: NameSpace, pack: Pack) -> Iterator[str]:
    """The points of one scope add up: first levels and the execution rate to the full mark, second levels to theirs."""
    weights, tables = pack.level_weights(space.kind), list(space.all_of(TableRole.INDICATORS))
    unscored = not any(table.roles.weight for table in tables)  # then nothing but a list of scored items has points
    if not weights or (unscored and (tables or space.kind)):
        return
    where = f"pack.toml [form_kinds] “{space.kind}” 的 " if space.kind else "pack.toml "
    has = bool(space.roles.execution or not space.kind)
    total = sum(weights.values(), pack.mark(EXECUTION_MARK, space.kind) if has else Decimal(0))
    if total != (full := pack.mark(FULL_MARK, space.kind)):
        more = f"与{EXECUTION_MARK}" if has else "（这种表没有执行率得分）"
        yield f"{where}[weights]：各一级指标分值{more}之和为 {total}，应为 {full}。"
    for first, points in pack.second_weights(space.kind).items():
        inner = sum(points.values(), Decimal(0))
        if first not in weights:
            yield f"{where}[second_weights]：{_unknown(first, weights)}"
        elif inner != weights[first]:
            yield f"{where}[second_weights]：“{first}”各二级指标分值之和为 {inner}，应为 {weights[first]}。"
    yield from _levels_listed(space, pack, where)
    yield from _signs_explained(space, pack)


def _levels_listed(space: NameSpace, pack: Pack, where: str) -> Iterator[str]:
    """Every level that has points can be chosen, and no second level belongs to two first ones."""
    for table in space.all_of(TableRole.INDICATORS):
        second = [name for of in pack.second_weights(space.kind).values() for name in of]
        told = ((table.roles.first, list(pack.level_weights(space.kind))), (table.roles.second, second))
        for column, names in told:
            words = pack.choices(table.full_name(column)) if column else None
            for name in names:
                if words is not None and name not in words:
                    yield f"{where}[weights]：“{name}”不在 [lists] 的“{column}”里。"
                if names.count(name) > 1:
                    yield f"{where}[second_weights]：“{name}”写了两次，一个二级指标只能属于一个一级指标。"


def _signs_explained(space: NameSpace, pack: Pack) -> Iterator[str]:
    """Every word that can be chosen for 性质 has a way of scoring: one that has none would be scored as 越多越好."""
    for table in space.all_of(TableRole.INDICATORS):
        column = table.full_name(table.roles.sign)
        for word in (pack.choices(column) or ()) if column else ():
            if pack.scoring.sign(word) is None:
                yield (
                    f"pack.toml [lists] {column} 的“{word}”没有写怎样计分；请在 [scoring] 的 signs 里写进 "
                    f"{'、'.join(Sign)} 中的一种。"
                )


def _proofreading(pack: Pack) -> Iterator[str]:
    settings, known = prose_settings(pack), _all_names(pack)
    concepts = {c.name for c in settings.concepts}
    for concept in settings.concepts:
        for cell in filter(None, (concept.cell, concept.budget, *concept.also)):
            if cell not in known:
                yield f"pack.toml [proofread] concept “{concept.name}”：{_unknown(cell, known)}"
    for rule in settings.sums:
        for name in (rule.total, *rule.parts):
            if name not in concepts:
                yield f"pack.toml [proofread] sum {rule.rule}：{_unknown(name, concepts)}"


def _computations(pack: Pack) -> Iterator[str]:
    known = _all_names(pack)
    for space in pack.dictionary.spaces:
        for name in space.all_names():
            datum = space.datum(name)
            if datum and datum.computed and name not in pack.compute:
                yield f"pack.toml [compute]：缺少“{name}”的公式。"
    for name, formula in pack.compute.items():
        if name not in known:
            yield f"pack.toml [compute]：{_unknown(name, known)}"
        yield from (f"pack.toml [compute] {name}：{p}" for p in _formula_problems(formula, known))
    yield from _cycles(pack.compute)


def _formula_problems(formula: str, known: set[str]) -> Iterator[str]:
    try:
        names = parse(formula).names
    except FormulaError as error:
        yield str(error)
        return
    yield from (_unknown(n, known) for n in names if n not in known)


def _cycles(compute: Mapping[str, str]) -> Iterator[str]:
    operands = {name: set(parse(f).names) & compute.keys() for name, f in compute.items() if _parses(f)}
    settled: set[str] = set()
    while ready := [n for n, used in operands.items() if n not in settled and used <= settled]:
        settled.update(ready)
    circular = sorted(operands.keys() - settled)
    if circular:
        yield f"pack.toml [compute]：公式循环引用，涉及 {'、'.join(circular)}。"


def _parses(formula: str) -> bool:
    try:
        parse(formula)
    except FormulaError:
        return False
    return True


def _rules(pack: Pack) -> Iterator[str]:
    for rule in pack.rules:
        yield from (f"pack.toml 规则 {rule.id}“{rule.title}”：{p}" for p in _rule_problems(rule, pack))


def _rule_problems(rule: Rule, pack: Pack) -> Iterator[str]:
    known = _all_names(pack)
    if not RULE_ID.fullmatch(rule.id):
        yield RULE_ID_TOLD
    if bool(rule.formula) == bool(rule.check):
        yield "formula 和 check 应写且只写一个。"
    if rule.check and rule.check not in CHECKS:
        yield f"没有检查程序“{rule.check}”，现有：{'、'.join(sorted(CHECKS))}。"
    if not rule.title or not rule.action:
        yield "缺少 title 或 action。"
    for text in (rule.formula, rule.when):
        yield from _formula_problems(text, known) if text else ()
    for word, told in (("title", rule.title), ("left", rule.left), ("right", rule.right), ("action", rule.action)):
        if _BRACE.search(told):
            yield f"{word} 里的括号会原样印出：{told}。"
    if _BRACE.search(_HOLE.sub("", rule.fact)):
        yield f"fact 里的花括号没有配对：{rule.fact}。"
    named = (*(rule.needs or ()), *rule.places, *_HOLE.findall(rule.fact))
    yield from (_unknown(n, known) for n in named if n not in known)
    if rule.formula and _parses(rule.formula):
        yield from _sentence_problems(rule, pack)


def _sentence_problems(rule: Rule, pack: Pack) -> Iterator[str]:
    """A comparison needs words for both sides, anything else a `fact`; live column operators need SUMPRODUCT."""
    comparison = parse(str(rule.formula)).comparison()
    if not rule.fact and not (comparison and rule.left and rule.right):
        yield "不成立时怎么说？请写 left 和 right（左右两边的称呼），或写 fact。"
    if rule.left and comparison and comparison.operator not in {"=", "<=", ">="}:
        yield f"左右比较只能用 = <= >=，不能用 {comparison.operator}。"
        return
    try:
        parse(verdict_text(rule_text(rule, pack.dictionary)))  # the text that stands on the sheet
    except PackError as error:
        yield str(error)


def _disclosure(pack: Pack) -> Iterator[str]:
    """The public edition's names exist, its words are in the drop-down, its relations are sums."""
    if not pack.has_public:
        return
    settings, known = disclosure_settings(pack), _all_names(pack)
    named = (*settings.drop_fields, *settings.drop_columns, *settings.signed_off)
    yield from (f"pack.toml [disclosure]：{_unknown(n, known)}" for n in named if n not in known)
    table = pack.dictionary.book.table(TableRole.PROJECTS)
    words = pack.choices(table.full_name(settings.way_column)) or []
    for word in (settings.open, settings.merged, settings.withheld):
        if word not in words:
            yield f"pack.toml [disclosure] ways：“{word}”不在“{settings.way_column}”的下拉表里。"
    for text in (*settings.relations, *settings.row_relations):
        yield from (f"pack.toml [disclosure] {text}：{p}" for p in _formula_problems(text, known))
        if _parses(text) and linear_relation(text) is None:
            yield f"pack.toml [disclosure] {text}：不是加减关系，推算时用不上。"


def _fill_forms(pack: Pack) -> Iterator[str]:
    known, seen = _all_names(pack), set[str]()
    yield from _scopes(pack)
    for form in pack.forms("fill"):
        names = list(form.names())
        yield from (f"forms.toml 填报表「{form.name}」：{_unknown(n, known)}" for n in names if n not in known)
        again = [n for i, n in enumerate(names) if n in known and (n in seen or n in names[:i])]
        if again:
            told = f"{_listed(again)}出现了两次，一个数只能填一处"
            yield f"forms.toml 填报表「{form.name}」：{told}；上一级的工作表不要了的，写进 [drop] sheets。"
        seen.update(names)
        yield from _cell_formulas(form, known | {STATES})
    missing = sorted(known - seen)
    if missing:
        told = f"缺少 {len(missing)} 个名称：{'、'.join(missing[:10])}"
        yield f"forms.toml 填报表：{told}。请在表样上给它一个格子；表里没有的，写进 [drop] names。"


def _listed(names: Sequence[str]) -> str:
    told = "、".join(f"“{name}”" for name in names[:_SHOWN])
    return f"{told}等 {len(names)} 个名称" if len(names) > _SHOWN else told


def _scopes(pack: Pack) -> Iterator[str]:
    """A form that is filled once per project is one sheet, and has the names of its kind and no others."""
    sheets: dict[str, list[str]] = {}
    for form in pack.forms("fill"):
        sheets.setdefault(form.form, []).append(form.name)
        own, known = set(pack.dictionary.scope(form.form).all_names()), _all_names(pack)
        strange = [name for name in form.names() if name in known and name not in own]
        if strange:
            whose = f"“{form.form}”的表" if form.form else "整体的表"
            told = "、".join(strange[:5])
            yield f"forms.toml 填报表「{form.name}」是{whose}，{told} 不是它的名称；请核对这张表的 form。"
    for kind, names in sheets.items():
        if kind and len(names) > 1:
            told = "、".join(f"「{name}」" for name in names)
            yield f"forms.toml 填报表：“{kind}”的表画了 {len(names)} 张（{told}）；每种只能一张，复制出来的各有一份。"


def _cell_formulas(form: SheetForm, known: set[str]) -> Iterator[str]:
    for cell in form.cells:
        if cell.role == "formula":
            yield from (f"forms.toml「{form.name}」第 {cell.row} 行：{p}" for p in _formula_problems(cell.text, known))


def _report_forms(pack: Pack) -> Iterator[str]:
    known = _all_names(pack) | set(CONTEXT_NAMES) | set(map(chart_name, pack.weights))
    known |= {f"{t}_{c}" for t, columns in CONTEXT_TABLES.items() for c in columns}
    scored = (table for space in pack.dictionary.spaces for table in space.all_of(TableRole.INDICATORS))
    known |= {table.full_name(c) for table in scored for c in INDICATOR_COLUMNS}
    known |= set(public_names(pack))
    for kind, title in (("report", "自评报表"), ("public", "公开报表")):
        for form in pack.forms(kind):
            yield from (
                f"forms.toml {title}「{form.name}」：{_unknown(n, known)}" for n in form.names() if n not in known
            )
            yield from _cell_formulas(form, known)


def _built(pack: Pack) -> list[tuple[str, str]]:
    public = [(PUBLIC_NAME, "public")] if pack.has_public else []
    return [(FILL_NAME, "fill"), (MACRO_NAME, "fill"), (REPORT_NAME, "report"), *public]


def _workbooks(pack: Pack) -> Iterator[str]:
    """The built workbooks hold the names of the drawn forms; what a batch writes says what this pack says."""
    for outline, name in ((BULLETIN_OUTLINE, BULLETIN_TEMPLATE), (LETTER_OUTLINE, LETTER_TEMPLATE)):
        if pack.says_otherwise(outline) and not (pack.folder / name).is_file():
            yield f"缺少 {name}：文字与上一级规则包的不同，请运行 jixiao pack build。"
    for file_name, kind in _built(pack):
        if not (pack.folder / file_name).is_file():
            yield f"缺少 {file_name}，请运行 jixiao pack build。"
            continue
        shared, scoped = open_file(pack.folder / file_name).names
        have = {*shared, *(n for own in scoped.values() for n in own)}
        drawn = {n for form in pack.forms(kind) for n in form.names()}
        lost = sorted(drawn - have)
        if lost:
            yield f"{file_name} 与表样不一致，缺少 {'、'.join(lost[:10])}。请运行 jixiao pack build。"


_BATCH_RULE_ID = late(r"E\d{2}")


def check_batch(pack: Pack) -> Iterator[str]:
    """Every contradiction."""
    names = _all_names(pack)
    for name in batch_settings(pack).names:
        if name not in names:
            yield f"pack.toml [batch] figures：{_unknown_figure(name, names)}"
    for rule in pack.batch_rules:
        where = f"pack.toml 汇总规则 {rule.id}“{rule.title}”"
        if not _BATCH_RULE_ID.fullmatch(rule.id):
            yield f"{where}：编号应为 E 加两位数字。"
        if rule.check not in BATCH_CHECKS:
            yield f"{where}：{_unknown_figure(str(rule.check), BATCH_CHECKS)}"
        if not rule.title or not rule.fact or not rule.action:
            yield f"{where}：缺少 title、fact 或 action。"
    prints = (
        (BULLETIN_TEMPLATE, BULLETIN_OUTLINE, BULLETIN_NAMES),
        (LETTER_TEMPLATE, LETTER_OUTLINE, LETTER_NAMES),
    )
    for name, outline, known in prints:
        if pack.file(name).is_file():
            yield from (
                f"{name}：{_unknown_figure(n, known)}" for n in sorted(pack_template(pack, name).names - set(known))
            )
        elif not (pack.folder / outline).is_file():
            yield f"缺少 {name}，也没有用来生成它的 {outline}。"


def _unknown_figure(name: str, known: Iterable[str]) -> str:
    return f"不认识“{name}”{suggested(name, known, '')}"
