"""A pack (规则包): everything that changes with province and year, read from one folder.

`pack.toml` holds settings and rules, `forms.toml` the drawn forms, `document.toml` the report's
outline. `${参数}` is filled in while reading, so that the rest of the program sees plain formulas.
"""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import NO_NAMES, Dictionary, NameSpace, TableRole
from toolkit.core.errors import PackError
from toolkit.core.findings import WORKBOOK_RULES
from toolkit.core.light import dataclass, replace
from toolkit.core.money import money_factor
from toolkit.pack.forms import DrawnSheets, read_forms
from toolkit.pack.reading import (
    INDICATOR_COLUMNS,
    added_later,
    altered_outline,
    bare_title,
    cover_lines,
    expand,
    form_parameters,
    inherited_outline,
    kind_of,
    level_parameters,
    level_weights,
    mark_of,
    money_parameters,
    picked,
    read_chain,
    read_dictionary,
    read_expanded,
    second_weights,
    source_column,
    supplemented,
    unfolded,
    who_fills,
    year_parameters,
)
from toolkit.pack.rules import Rule, read_rules
from toolkit.pack.scoring import Scored, ScoringSettings, finder, read_scored, scoring_of, with_scored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.pack.forms import SheetForm
    from toolkit.pack.reading import Supplement

FILL_NAME, REPORT_NAME, DOCUMENT_NAME = "填报表.xlsx", "自评报表.xlsx", "自评报告.docx"
PUBLIC_NAME, MACRO_NAME, RESULT_NAME = "公开报表.xlsx", "填报表.xlsm", "result.json"
BULLETIN_TEMPLATE, BULLETIN_OUTLINE = "通报.docx", "bulletin.toml"
LETTER_TEMPLATE, LETTER_OUTLINE = "退回意见.docx", "letter.toml"
DOCUMENT_OUTLINE, SENTENCES_NAME = "document.toml", "sentences.toml"


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """A section of the report (报告章节) and the names that must not all be blank."""

    title: str
    needs: tuple[str, ...]
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class BudgetKind:
    """A kind of budget (预算类别): its amount and its text in the report."""

    title: str
    amount: str
    text: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A drop-down that follows another column of the same row (随另一列变的下拉): word there → words here."""

    by: str
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Pack:
    """One loaded pack. `raw` is the expanded TOML; the properties below are what the stages read."""

    folders: tuple[Path, ...]
    raw: Mapping[str, Any]
    scoring: ScoringSettings
    compute: Mapping[str, str]
    rules: tuple[Rule, ...]
    dictionary: Dictionary
    supplement: Supplement | None = None

    @property
    def folder(self) -> Path:
        """The pack's own folder, where its workbooks stand; the folders behind it are those it extends."""
        return self.folders[0]

    @property
    def id(self) -> str:
        """规则包编号, e.g. hunan-2023."""
        return str(self.raw["pack"]["id"])

    @property
    def title(self) -> str:
        """Title for people."""
        return str(self.raw["pack"]["title"])

    @property
    def year(self) -> int:
        """评价年度."""
        return int(self.raw["pack"]["year"])

    @property
    def region(self) -> str:
        """Whose form it is, e.g. 湖南; "" where the pack does not say."""
        return str(self.raw["pack"].get("region", ""))

    @property
    def basis(self) -> tuple[str, ...]:
        """文号 of the notices that it goes by."""
        return tuple(self.raw["pack"].get("basis", ()))

    @property
    def deadline(self) -> str:
        """By when returns are to be sent again, as the bulletin says it; "" where the pack does not say."""
        return str(self.raw["pack"].get("deadline", ""))

    @property
    def version(self) -> str:
        """规则包版本."""
        return str(self.raw["pack"]["version"])

    @property
    def unit(self) -> str:
        """金额单位, e.g. 万元."""
        return str(self.raw["pack"]["unit"])

    @property
    def lists(self) -> Mapping[str, list[str]]:
        """Drop-down lists (下拉表)."""
        found: Mapping[str, list[str]] = self.raw["lists"]
        return found

    @property
    def form_unit(self) -> str:
        """金额单位 of the project forms; some offices keep them in 元."""
        return self.dictionary.form.unit or self.unit

    def factor(self, space: NameSpace) -> Decimal:
        """What an amount of a scope is multiplied with to stand in the pack's own unit."""
        return money_factor(space.unit, self.unit)

    @cached_property
    def form_sheets(self) -> Mapping[str, str]:
        """Kind of form → what its blank sheet is called."""
        return {sheet.form: sheet.name for sheet in self.forms("fill") if sheet.form}

    @property
    def has_public(self) -> bool:
        """Whether it says how a public edition (公开版) is made."""
        return "disclosure" in self.raw

    @property
    def chosen(self) -> Mapping[str, str]:
        """Name → the drop-down list that it takes its words from."""
        found: Mapping[str, str] = self.raw["choices"]
        return found

    @property
    def narrowing(self) -> tuple[str, ...]:
        """The names whose drop-down follows another column of their row."""
        return tuple(self.raw.get("choices_by", {}))

    @cached_property
    def weights(self) -> Mapping[str, Decimal]:
        """一级指标 → prescribed points."""
        return {name: Decimal(str(points)) for name, points in self.raw["weights"].items()}

    def level_weights(self, kind: str) -> Mapping[str, Decimal]:
        """一级指标 → prescribed points, on a kind of form; "" for the workbook."""
        return {name: Decimal(str(points)) for name, points in level_weights(self.raw, kind).items()}

    def second_weights(self, kind: str) -> Mapping[str, Mapping[str, Decimal]]:
        """一级指标 → 二级指标 → prescribed points, where the pack prescribes them."""
        told = second_weights(self.raw, kind).items()
        return {first: {name: Decimal(str(points)) for name, points in of.items()} for first, of in told}

    def mark(self, name: str, kind: str) -> Decimal:
        """FULL_MARK, EXECUTION_MARK: of a kind of form its own, where it has one."""
        return Decimal(mark_of(self.raw, name, kind))

    def scoring_of(self, kind: str) -> ScoringSettings:
        """The scoring settings, with the grades of a kind of form."""
        return scoring_of(self.raw, kind)

    @cached_property
    def scored(self) -> tuple[Scored, ...]:
        """Its 评分项 in order."""
        return read_scored(self.raw)

    @property
    def setting_names(self) -> frozenset[str]:
        """The tables that its `pack.toml` has, those of the packs above included."""
        return frozenset(self.raw)

    @cached_property
    def outline(self) -> tuple[OutlineSection, ...]:
        """The report's sections in order."""
        told = self.raw["report"]["sections"]
        return tuple(OutlineSection(s["title"], tuple(s["needs"]), s.get("amount")) for s in told)

    @cached_property
    def budget_kinds(self) -> tuple[BudgetKind, ...]:
        """The budgets that must say 无 or have a text."""
        return tuple(BudgetKind(b["title"], b["amount"], b["text"]) for b in self.raw["report"]["budget_kinds"])

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The rules by id, with what they ask for; those of the workbook itself included."""
        own = {rule.id: rule.title for rule in reversed(self.rules)}
        return {rule: title for rule, (title, _) in WORKBOOK_RULES.items()} | own

    @cached_property
    def batch_rules(self) -> tuple[Rule, ...]:
        """The rules that are judged over all units (汇总规则)."""
        return tuple(
            rule for entry in self.raw.get("batch_rule", ()) for rule in read_rules(entry, self.raw, self.dictionary)
        )

    @property
    def cover(self) -> tuple[str, ...]:
        """Cover fields that must be filled."""
        return tuple(self.raw["report"]["cover"])

    @cached_property
    def own_formulas(self) -> Mapping[str, tuple[str, ...]]:
        """Computed name → the formulas that its cell may hold: the form's own, and those of forms given out before."""
        earlier: Mapping[str, list[str]] = self.raw.get("earlier", {})
        return {name: (text, *earlier.get(name, ())) for name, text in self.compute.items()}

    @cached_property
    def printed_before(self) -> frozenset[str]:
        """What forms given out before say where the form has other words now."""
        return frozenset(self.raw.get("printed_before", {}).get("texts", ()))

    @cached_property
    def later(self) -> Mapping[str, int]:
        """Names that a workbook given out before lacks → by which addition to the form they came."""
        return added_later(self.raw)

    @cached_property
    def parent(self) -> Pack | None:
        """The pack that this one extends."""
        return load_pack(str(self.folders[1])) if self.folders[1:] else None

    def gone(self, kind: str = "") -> NameSpace:
        """What packs above have and this one dropped, all blank in a Word report that is still theirs."""
        return _gone(self, kind)

    def choices(self, name: str) -> list[str] | None:
        """The drop-down of a name, None when it takes any text."""
        kind = self.dictionary.datum(name)
        list_name = "是否" if kind and kind.kind == "yesno" else self._choice(name)
        return self.lists.get(list_name) if list_name else None

    def narrowed(self, name: str) -> Narrowed | None:
        """How the drop-down of a column follows another column of its row; None where it does not."""
        told: Mapping[str, Any] = self.raw.get("choices_by", {})
        entry = told.get(name, told.get(self.dictionary.alike(name)))
        by = f"{name.partition('_')[0]}_{entry['column'].partition('_')[2]}" if entry else ""
        own = self.choices(by) or ()
        words = {word: tuple(entry["words"][word]) for word in own if word in entry["words"]} if entry else {}
        return Narrowed(by, words) if words else None

    def _choice(self, name: str) -> str | None:
        """The list of a name; a form's table has the lists of the table whose columns it repeats."""
        return self.chosen.get(name, self.chosen.get(self.dictionary.alike(name)))

    def accepts_submitted(self, name: str) -> bool:
        """Totals whose parts are all blank may stand as submitted."""
        return any(fnmatchcase(name, pattern) for pattern in self.raw["totals"]["accept_submitted"])

    def forms(self, kind: str) -> tuple[SheetForm, ...]:
        """The drawn sheets of `forms.toml`: "fill", "report", or "public", the report without its internal sheets."""
        return read_forms(kind, self._drawn(self.raw.get("disclosure", {}) if kind == "public" else {}))

    def _drawn(self, disclosure: Mapping[str, Any]) -> DrawnSheets:
        parameters = {**self.raw["parameters"], **disclosure.get("parameters", {})}
        read = partial(read_expanded, find=self._find(parameters))
        heads, foot = who_fills(self.raw.get("roles", {})), str(parameters.get("落款", ""))
        tables = (*self.raw.get("table", ()), *self.raw.get("tables", ()))
        projects = next((str(t["name"]) for t in tables if t.get("role") == TableRole.PROJECTS), "")
        return DrawnSheets(self.folders, read, lambda sheet: kind_of(sheet, self.raw), foot, heads, projects)

    def document(self) -> dict[str, Any]:
        """The report outline of `document.toml`; what is not this pack's own has only what is left of it here."""
        return self._outline(DOCUMENT_OUTLINE)

    def _inherited(self, outline: dict[str, Any]) -> dict[str, Any]:
        above, kept = self.parent, {bare_title(section.title) for section in self.outline}
        lost, kinds = set[str](), set[str]()
        while above is not None:
            lost |= {bare_title(section.title) for section in above.outline} - kept
            kinds |= {space.kind for space in above.dictionary.spaces}
            above = above.parent
        gone = {name for kind in kinds for name in self._gone_names(kind)}
        spaces = self.dictionary.spaces
        here = {name for space in spaces for name in (*space.all_names(), *space.tables, space.listed)}
        return inherited_outline(outline, lost, gone, here - {"", *who_fills(self.raw.get("roles", {}))})

    def _gone_names(self, kind: str) -> Iterator[str]:
        scope, own = self.gone(kind), _scope_of(self, kind)
        yield from (*scope.fields, *scope.tables)
        for name, table in scope.tables.items():
            left = own.tables[name].columns if name in own.tables else ()
            printed = INDICATOR_COLUMNS if table.role is TableRole.INDICATORS else ()
            away = set(table.columns) - set(left)
            away |= {column for column in printed if source_column(column, table.roles) in away}
            yield from map(table.full_name, away)

    def bulletin(self) -> dict[str, Any]:
        """The outline of the batch's bulletin (通报), `bulletin.toml`."""
        return self._outline(BULLETIN_OUTLINE)

    def letter(self) -> dict[str, Any]:
        """The outline of what goes back to a unit (退回意见), `letter.toml`."""
        return self._outline(LETTER_OUTLINE)

    def sentences(self) -> dict[str, Any]:
        """What the report says in several ways, `sentences.toml`; empty where a pack has none."""
        return self.text(SENTENCES_NAME) if self.file(SENTENCES_NAME).is_file() else {}

    def _outline(self, name: str) -> dict[str, Any]:
        found = self.text(name)
        if "body" not in found:
            raise PackError(f"{self.file(name)}：缺少 body 一项；在上一级的文字上改的，第一行写 extends = true。")
        return found

    def file(self, name: str) -> Path:
        """A file of the pack, its own or the nearest parent's."""
        return next((f / name for f in self.folders if (f / name).is_file()), self.folder / name)

    def text(self, name: str) -> dict[str, Any]:
        """A text of the pack, its own or the nearest parent's, with this pack's parameters."""
        folders = [folder for folder in self.folders[1:] if (folder / name).is_file()]
        made: dict[str, Any] = {}
        for folder in reversed(folders):
            made = self._altered(made, folder / name)
        made = self._inherited(made) if made and name == DOCUMENT_OUTLINE else made
        return self._altered(made, self.folder / name) if not made or (self.folder / name).is_file() else made

    def _altered(self, above: dict[str, Any], path: Path) -> dict[str, Any]:
        own = read_expanded(path, self._find(self.raw["parameters"]))
        return unfolded(altered_outline(above, own) if own.get("extends") and above else own)

    def says_otherwise(self, name: str) -> bool:
        """Whether a text of the pack, filled with its parameters, is not that of the pack above."""
        return self.parent is None or self.text(name) != self.parent.text(name)

    def _find(self, parameters: Mapping[str, Any]) -> Callable[[str], str]:
        return finder({**self.raw, "parameters": parameters}, self.dictionary)


@cache
def packs_home() -> Path:
    """The folder of the packs: inside an installed wheel, or beside the source."""
    house = Path(__file__).parents[1]
    inside = house / "workbook_templates"
    return inside if inside.is_dir() else house.parent / "workbook_templates"


@cache
def load_pack(folder: str, supplement: Supplement | None = None) -> Pack:
    """Read a pack folder, once per process."""
    path = Path(folder)
    plain, folders = read_chain(path, packs_home())
    if supplement is not None:
        plain = supplemented(plain, supplement.toml, supplement.path)
    try:
        given = {**year_parameters(plain, path), **money_parameters(plain, path), **form_parameters(plain)}
        plain["parameters"] = {**given, **plain["parameters"]}
        plain = with_scored(plain)
        plain["parameters"] |= {**level_parameters(plain), "完整度行": cover_lines(plain)}
        dictionary = read_dictionary(plain)
        raw = expand(plain, finder(plain, dictionary))
        rules = tuple(rule for entry in raw.get("rule", ()) for rule in read_rules(entry, raw, dictionary))
        return Pack(folders, raw, scoring_of(raw, ""), _computations(raw), rules, dictionary, supplement)
    except KeyError as error:
        raise PackError(f"{path / 'pack.toml'}：缺少 {error} 一项。") from None


@lru_cache(maxsize=64)
def _gone(pack: Pack, kind: str) -> NameSpace:
    above = pack.parent
    own, theirs = (_scope_of(one, kind) for one in (pack, above))
    further = _gone(above, kind) if above else theirs
    fields = {**theirs.fields, **further.fields}
    tables = {**theirs.tables, **further.tables}
    for name, table in theirs.tables.items():
        tables[name] = replace(tables[name], columns={**table.columns, **tables[name].columns})
    return NameSpace(
        {n: d for n, d in fields.items() if n not in own.fields},
        {n: t for n, t in tables.items() if n not in own.tables or set(t.columns) - set(own.tables[n].columns)},
    )


def _scope_of(pack: Pack | None, kind: str) -> NameSpace:
    spaces = pack.dictionary.spaces if pack else ()
    return next((space for space in spaces if space.kind == kind), NO_NAMES)


def _computations(raw: Mapping[str, Any]) -> dict[str, str]:
    found = dict(raw["compute"])
    for group in raw.get("compute_columns", ()):
        for column in group["columns"]:
            found |= {n.replace("{列}", column): f.replace("{列}", column) for n, f in group["formulas"].items()}
    return {name: text for name, text in found.items() if not picked(name, raw.get("typed", ()))}
