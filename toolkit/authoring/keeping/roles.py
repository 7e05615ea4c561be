"""pack check of what names are for (用处): roles that name nothing, and what will not be done for want of a role.

The texts about returns (carry, evidence, exports, move) speak of names as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import TableRole
from toolkit.core.patterns import late
from toolkit.core.words import suggested
from toolkit.pack import FILES, PACK_FILE, Sign, load_toml
from toolkit.unit.returning import export_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from toolkit.core.dictionary import Dictionary, NameSpace, TableSpec
    from toolkit.pack import Pack

_QUOTED, _SPACES = late(r"“([^”]+)”"), late(r"\s+")
_HEADING = 4  # signs; “是”, “无” and the like are what staff choose or write

_FILES = ("dictionary.toml", "pack.toml")
_TABLES = ("table", "tables", "columns", "form_table", "form_tables", "form_columns")

# Role → what people call it, and what is not done where a scope has no such cell or table.
_OF_BOOK = {
    "name": ("单位名称", "成品不写单位名称"),
    "code": ("单位代码", "汇总认不出同一单位的两份"),
    "year": ("年度", "不核对填报的年度"),
    "filed_on": ("填报日期", "不核对填报日期"),
    "total": ("总分", "整体不打分"),
    "grade": ("等级", "整体不定等级"),
    "problems": ("存在的问题", "不核对失分与存在的问题"),
    "last_year": ("上年的数", "不与上年填报表核对"),
}
_OF_FORM = {
    "name": ("名称", "几张表分不清是谁的"),
    "spent": ("全年执行数", "不与明细表核对金额"),
    "total": ("总分", "不打分"),
    "grade": ("等级", "不定等级"),
}
_TABLES_OF_BOOK = {
    TableRole.PROJECTS: ("项目明细", "结果里没有项目清单，涉密项目不另作处理"),
    TableRole.INDICATORS: ("绩效指标", "整体不按指标计分"),
    TableRole.GOALS: ("年度目标", "不核对目标与完成情况"),
    TableRole.OFFICES: ("机构、所属单位", "不核对名称和个数"),
    TableRole.APPROVED: ("批复目标", "不与批复的绩效目标核对"),
}


def check_roles(pack: Pack) -> Iterator[str]:
    """Roles that a pack gives to names that are not there, and tables that nobody could pair with their forms."""
    for file in _FILES:
        path = pack.folder / file
        if path.is_file():
            yield from _named_in(load_toml(path), file, pack)
    yield from _listings(pack)
    yield from _projects(pack)


def _named_in(own: Mapping[str, Any], file: str, pack: Pack) -> Iterator[str]:
    book = pack.dictionary.book
    yield from (f"{file} [roles] {told}" for told in _fields(own.get("roles", {}), book.fields))
    for kind, settings in own.get("form_kinds", {}).items():
        space = next((form for form in pack.dictionary.forms if form.kind == kind), None)
        where = f"{file} [form_kinds] “{kind}”"
        if space is None:
            yield f'{where}：没有一个名称属于这一种表，请写 [[form_names]] 或 [[form_tables]]，加一行 form = "{kind}"。'
            continue
        yield from (f"{where} roles {told}" for told in _fields(settings.get("roles", {}), space.fields))
        table = settings.get("listed_in", "")
        if table and table not in book.tables:
            yield f"{where} listed_in：{_missing('表', table, book.tables)}"
    for key in _TABLES:
        for spec in own.get(key, ()):
            yield from _columns(spec, f"{file} [[{key}]]", pack)


def _fields(roles: Mapping[str, Any], known: Mapping[str, object]) -> Iterator[str]:
    """`total = "…"`: the name, or for a list each pattern, has a field."""
    for role, told in roles.items():
        names = [told] if isinstance(told, str) else [*told, *(told.values() if isinstance(told, dict) else ())]
        for name in names:
            if name and not _matching(name, known):
                yield f"{role}：{_missing('名称', name, known)}"


def _matching(pattern: str, known: Iterable[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern) for name in known)


def _columns(spec: Mapping[str, Any], where: str, pack: Pack) -> Iterator[str]:
    name = spec.get("name", spec.get("table", ""))
    table = next((space.tables[name] for space in pack.dictionary.spaces if name in space.tables), None)
    for role, column in spec.get("roles", {}).items() if table else ():
        if table and column and column not in table.columns:
            yield f"{where} {name} roles {role}：{_missing('列', column, table.columns)}"


def _listings(pack: Pack) -> Iterator[str]:
    for table, kinds in pack.dictionary.listings:
        for space in kinds:
            pairs = ((space.roles.name, table.roles.name), (space.roles.code, table.roles.code))
            if not any(own and column for own, column in pairs):
                yield (
                    f"pack.toml [form_kinds] “{space.kind}” listed_in：表“{table.name}”的 roles 和这种表的 roles "
                    "都要写 name（或都写 code），否则对不上。"
                )
    listed = {table.name for table, _ in pack.dictionary.listings}
    own = load_toml(pack.folder / PACK_FILE).get("required", {})
    for sheet, name in ((sheet, group.get("forms_of", "")) for sheet, groups in own.items() for group in groups):
        table_name = (pack.dictionary.book.split(name) or ("", ""))[0]
        if table_name and table_name not in listed:
            yield (
                f'pack.toml [required] “{sheet}” forms_of：没有一种表写 listed_in = "{table_name}"，'
                "不知道每一行要的是哪一种表。"
            )


def _projects(pack: Pack) -> Iterator[str]:
    """The public edition and the batch know one table of projects; a second one would be published as it is."""
    projects = [table.name for table in pack.dictionary.book.all_of(TableRole.PROJECTS)]
    if len(projects) > 1:
        yield (
            f'有 {len(projects)} 张表写了 role = "projects"（{"、".join(projects)}），只能有一张；'
            "别的清单不写 role，在 [form_kinds] 里写 listed_in。"
        )
    for table in pack.dictionary.book.tables.values() if pack.has_public else ():
        if table.roles.secret and table.role is not TableRole.PROJECTS:
            told = '公开版只按 role = "projects" 的表处理涉密，这里用不上'
            yield f"表“{table.name}”的 roles 写了 secret（涉密），{told}。"


def check_returns(pack: Pack) -> Iterator[str]:
    """Names that the pack's own texts about returns give and its form does not have; texts that nobody reads."""
    for path in sorted(pack.folder.glob("*.toml")):
        if path.name not in FILES:
            hint = suggested(path.name, FILES, f"，可以有：{'、'.join(FILES)}。", " {}")
            yield f"{path.name}：没有程序读这个文件{hint}"
        elif path.name in _RETURNS:
            yield from (f"{path.name} {told}" for told in _RETURNS[path.name](pack.text(path.name), pack.dictionary))
    if (pack.folder / "exports.toml").is_file():
        export_settings(pack)


def _carried(told: Mapping[str, Any], names: Dictionary) -> Iterator[str]:
    book, forms = names.book.fields, {name for form in names.forms for name in form.fields}
    kinds = told.get("forms", {})
    given: list[tuple[str, str, Iterable[str]]] = [("[fields]", name, book) for name in told.get("fields", {})]
    given += [("[forms]", name, forms) for key in ("row", "book") for name in kinds.get(key, {})]
    given += [("[forms] book", name, book) for name in kinds.get("book", {}).values()]
    yield from (f"{where}：{_missing('名称', n, known)}" for where, n, known in given if not _matching(n, known))
    yield from _by_table("[tables]", told.get("tables", {}), names)


def _proved(told: Mapping[str, Any], names: Dictionary) -> Iterator[str]:
    tables, fields = _tables(names), {name for form in names.spaces for name in form.fields}
    for entry in told["subject"]:
        where, table = f"[[subject]] {entry['kind']}", tables.get(entry["table"])
        if table is None:
            yield f"{where}：{_missing('表', entry['table'], tables)}"
            continue
        columns = (entry[key] for key in ("name", "code", "score", "weight", "written") if key in entry)
        yield from (f"{where}：{_missing('列', c, table.columns)}" for c in columns if c not in table.columns)
        if entry.get("owner", "") not in {"", *fields}:
            yield f"{where} owner：{_missing('名称', entry['owner'], fields)}"


def _exported(told: Mapping[str, Any], names: Dictionary) -> Iterator[str]:
    fields = names.book.fields
    for entry in told.get("export", ()):
        given = (cell[key] for cell in entry["cells"] for key in ("to", "last") if key in cell)
        yield from (f"[[export]] {entry['title'][0]}：{_missing('名称', n, fields)}" for n in given if n not in fields)
    yield from _by_table("[approved.tables]", told["approved"]["tables"], names)


def _moved(told: Mapping[str, Any], names: Dictionary) -> Iterator[str]:
    columns = {column for table in _tables(names).values() for column in table.columns}
    given = [("columns", c) for c in told.get("columns", {}).values()]
    given += [("fill_down", c) for c in told.get("fill_down", {}).get("columns", ())]
    given += [("split", c) for key, c in told.get("split", {}).items() if key != "signs"]
    yield from (f"[{where}]：{_missing('列', c, columns)}" for where, c in given if c not in columns)
    year = told.get("year", {}).get("field", "")
    if year not in {"", *names.book.fields}:
        yield f"[year]：{_missing('名称', year, names.book.fields)}"


_RETURNS: Mapping[str, Callable[[Mapping[str, Any], Dictionary], Iterator[str]]] = {
    "carry.toml": _carried,
    "evidence.toml": _proved,
    "exports.toml": _exported,
    "move.toml": _moved,
}


def _by_table(where: str, told: Mapping[str, Mapping[str, str]], names: Dictionary) -> Iterator[str]:
    """Table → its column → a column there: the table and the columns here."""
    tables = names.book.tables
    for name, columns in told.items():
        if name not in tables:
            yield f"{where}：{_missing('表', name, tables)}"
        for column in columns if name in tables else ():
            if column not in tables[name].columns:
                yield f"{where} {name}：{_missing('列', column, tables[name].columns)}"


def _tables(names: Dictionary) -> Mapping[str, TableSpec]:
    return {name: table for space in names.spaces for name, table in space.tables.items()}


def _missing(what: str, name: str, known: Iterable[str]) -> str:
    return f"没有{what}“{name}”{suggested(name, known)}"


def roles_untold(pack: Pack) -> Iterator[str]:
    """What a pack has no role for and what is therefore not done: one sentence for each scope."""
    book = pack.dictionary.book
    lacks = [*_lacking(book, _OF_BOOK), *(told for role, told in _TABLES_OF_BOOK.items() if not book.table(role).name)]
    if lacks:
        yield f"整体没有写明{_told(lacks)}。"
    printed = str(pack.document())
    for space in pack.dictionary.forms:
        lacks = _lacking(space, _OF_FORM)
        lacks += [] if any(space.all_of(TableRole.INDICATORS)) else [("绩效指标", "不按指标计分")]
        lacks += [] if space.listed_in else [("列出它们的明细表（listed_in）", "不核对缺哪张，jixiao forms 不备这种表")]
        if lacks:
            yield f"“{space.kind}”的表没有写明{_told(lacks)}。"
        if space.listed not in printed:
            yield f"自评报告里没有印“{space.kind}”的表（{space.listed}）。"
    yield from _never_scored(pack)
    yield from _words_of_another_form(pack)


def _never_scored(pack: Pack) -> Iterator[str]:
    """Indicators that go by a level, where the form works their points out and has no column to choose the level in."""
    for table in (t for space in pack.dictionary.spaces for t in space.all_of(TableRole.INDICATORS)):
        roles, score = table.roles, table.full_name(table.roles.score)
        datum = pack.dictionary.datum(score) if score else None
        words = set(pack.choices(table.full_name(roles.sign)) or ()) & set(pack.scoring.words(Sign.LEVEL))
        if words and not roles.level and datum and datum.computed:
            told = f"“{table.name}”的{roles.sign}可以选“{'”“'.join(sorted(words))}”，没有选完成等级的列，得分算不出"
            yield f'{told}；请写 [drop] formulas = ["{score}"] 由填报人填得分，或者加上这一列。'


def _words_of_another_form(pack: Pack) -> Iterator[str]:
    """What rules tell staff to look for under a heading, or on a sheet, that no form of this pack has."""
    sheets = pack.forms("fill")
    printed = "\n".join((*(s.name for s in sheets), *(_bare(c.text) for s in sheets for c in s.cells)))
    spaces = [space for one in _and_above(pack) for space in one.dictionary.spaces]
    columns = {column for space in spaces for table in space.tables.values() for column in table.columns}
    for rule in {(rule.id, rule.action): rule for rule in pack.rules}.values():
        for word in _QUOTED.findall(rule.action):
            if len(word) >= _HEADING and _bare(word) not in printed and word not in columns:
                told = f"规则 {rule.id} 的处理办法说到“{word}”，表上没有这几个字"
                yield f'{told}；请写 [override.{rule.id}] action = "…"，换成这里的说法。'


def _and_above(pack: Pack | None) -> Iterator[Pack]:
    while pack:
        yield pack
        pack = pack.parent


def _bare(text: str) -> str:
    return _SPACES.sub("", text.replace("\\n", ""))


def _lacking(space: NameSpace, roles: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    return [told for role, told in roles.items() if not getattr(space.roles, role)]


def _told(lacks: list[tuple[str, str]]) -> str:
    return "；".join(f"{what}，所以{done}" for what, done in lacks)
