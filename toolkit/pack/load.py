"""Packs that build on another (规则包继承): `extends` in `[pack]` lays one pack.toml over its parent's.

Tables merge key by key; rules of the same id and title replace the parent's, others are added;
`drop_rules` takes rules away by id; any other list replaces the parent's.

A pack's TOML files as plain data (规则包文本): read, and every `${参数}` filled in.

必填 (`[required]`): what a return has to hold, per sheet, and the same as Excel text for the cover.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.words import nearest
from toolkit.pack.scoring import ScoringSettings, grade_formula, grade_word_formula, score_formula

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PER_ROW = 2  # sheets beside each other on the cover

_PACK_FILE = "pack.toml"

_ADDED = frozenset({"names", "tables", "columns", "form_names", "compute_columns"})

_OWN = frozenset({"extends", "drop_rules", "default"})


def read_chain(folder: Path, home: Path) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """The merged TOML of a pack and its folders, own first; parents stand beside it or in `home`.

    Raises:
        PackError: unknown parent (the nearest is told), or packs that extend each other in a circle.
    """
    folders = _folders(folder, home)
    found = load_toml(folders[-1] / _PACK_FILE)
    for child in reversed(folders[:-1]):
        found = _laid_over(found, load_toml(child / _PACK_FILE))
    return found, tuple(folders)


def _folders(folder: Path, home: Path) -> list[Path]:
    chain = [folder]
    while parent := load_toml(chain[-1] / _PACK_FILE).get("pack", {}).get("extends"):
        found = _parent_folder(str(parent), chain[-1], home)
        if found in chain:
            names = " → ".join(f.name for f in [*chain, found])
            raise PackError(f"{chain[-1] / _PACK_FILE} [pack] extends：规则包互相继承，绕成了圈：{names}。")
        chain.append(found)
    return chain


def _parent_folder(name: str, folder: Path, home: Path) -> Path:
    for place in (folder.parent / name, home / name):
        if (place / _PACK_FILE).is_file():
            return place.resolve()
    known = {p.parent.name for base in (home, folder.parent) for p in base.glob(f"*/{_PACK_FILE}")} - {folder.name}
    close = nearest(name, known)
    hint = f"，是不是“{close}”？" if close else f"，现有：{'、'.join(sorted(known))}。"
    raise PackError(f"{folder / _PACK_FILE} [pack] extends：没有名为“{name}”的规则包{hint}")


def _laid_over(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    found = _merged(parent, child)
    own = child.get("pack", {})
    found["pack"] = {k: v for k, v in found["pack"].items() if k not in _OWN or k in own}
    dropped = set(own.get("drop_rules", ()))
    kept = {(r.get("id"), r.get("title")): r for r in parent.get("rule", ()) if r.get("id") not in dropped}
    kept |= {(r.get("id"), r.get("title")): r for r in child.get("rule", ())}
    found["rule"] = sorted(kept.values(), key=lambda r: str(r.get("id")))
    return found


def _merged(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(parent)
    for key, value in child.items():
        before = found.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            # A table of choices that is given at all is given whole: half of two weight schemes adds up to neither.
            found[key] = dict(value) if key in {"weights", "weights_move"} else _merged(before, value)
        elif key in _ADDED and isinstance(before, list):
            found[key] = [*before, *value]
        else:
            found[key] = value
    return found


_FIRST_CHART_ROW = 5  # the execution rate stands there, the levels below it

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")


def load_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file.

    Raises:
        PackError: missing, or not TOML; names file and line.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PackError(f"规则包里缺少文件 {path}。") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError(f"{path} 的写法有误：{error}") from None


def read_expanded(path: Path, parameters: Mapping[str, Any], scoring: ScoringSettings) -> dict[str, Any]:
    """Read one TOML file with its parameters filled in."""
    expanded: dict[str, Any] = expand(load_toml(path), parameters, scoring)
    return expanded


def expand(value: Any, parameters: Mapping[str, Any], scoring: ScoringSettings) -> Any:  # noqa: ANN401 - TOML tree
    """Fill `${…}` in every string of a TOML tree."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda m: _parameter(m[1], parameters, scoring), value)
    if isinstance(value, dict):
        return {k: expand(v, parameters, scoring) for k, v in value.items()}
    if isinstance(value, list):
        return [expand(v, parameters, scoring) for v in value]
    return value


def level_parameters(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that follow from `[weights]`: the sentence of the points, and the rows of the score chart."""
    weights, execution = raw["weights"], raw["parameters"]["执行率分值"]
    sentence = "、".join(f"{level} {points} 分" for level, points in weights.items())
    rows = [f"表> | | | | {n} | {p} | {{图表_{n.removesuffix('指标')}得分}}:score" for n, p in weights.items()]
    return {
        "分值说明": f"{sentence}，预算执行率 {execution} 分",
        "一级指标行": "\n".join(rows),
        "一级指标末行": _FIRST_CHART_ROW + len(rows),
    }


def _parameter(key: str, parameters: Mapping[str, Any], scoring: ScoringSettings) -> str:
    head, _, argument = key.partition(":")
    if head == "等级公式":
        return grade_formula(argument, scoring)
    if head == "等级词":
        return grade_word_formula(argument, scoring)
    if head == "得分公式":
        return score_formula(argument, scoring)
    if key in parameters:
        return str(parameters[key])
    close = nearest(key, parameters)
    raise PackError(f"参数 ${{{key}}} 没有定义" + (f"，是不是 ${{{close}}}？" if close else "。"))


@dataclass(frozen=True, slots=True)
class Requirement:
    """One group of required data (必填项).

    Attributes:
        sheet: the sheet of the form that it is about.
        fields: cells that must be filled.
        rows: table column → at least so many filled rows.
        columns: key column → the columns that each row with a key must fill.
        when: Excel text; the group only counts where it is TRUE.
        form: asked of every project form.
        forms_of: table column; every row of that table needs a form of its own.
    """

    sheet: str
    fields: tuple[str, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    when: str = ""
    form: bool = False
    forms_of: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that is asked for."""
        return (*self.fields, *(n for n, _ in self.rows), *(n for k, names in self.columns for n in (k, *names)))


def read_requirements(raw: Mapping[str, Any]) -> Iterator[Requirement]:
    """`[[required."表"]]` entries."""
    for sheet, groups in raw.get("required", {}).items():
        for group in groups:
            yield Requirement(
                sheet,
                tuple(group.get("fields", ())),
                tuple(group.get("rows", {}).items()),
                tuple((key, tuple(names)) for key, names in group.get("columns", {}).items()),
                group.get("when", ""),
                bool(group.get("form")),
                group.get("forms_of", ""),
            )


def shown_count(groups: tuple[Requirement, ...]) -> str:
    """已填/应填 of one sheet as Excel text."""
    filled = "+".join(_when(g, _sum(_filled(g))) for g in groups)
    wanted = "+".join(_when(g, _sum(_wanted(g))) for g in groups)
    return f'({filled})&"/"&({wanted})'


def _sum(parts: Iterator[str]) -> str:
    return "+".join(parts) or "0"


def _when(group: Requirement, count: str) -> str:
    return f"IF({group.when},{count},0)" if group.when else count


def _filled(group: Requirement) -> Iterator[str]:
    if group.fields:
        yield f"COUNTA({','.join(group.fields)})"
    yield from (f"MIN({least},COUNTA({name}))" for name, least in group.rows)
    for key, names in group.columns:
        yield from (f"SUMPRODUCT((LEN({key})>0)*(LEN({name})>0))" for name in names)


def _wanted(group: Requirement) -> Iterator[str]:
    fixed = len(group.fields) + sum(least for _, least in group.rows)
    if fixed:
        yield str(fixed)
    for key, names in group.columns:
        yield f"{len(names)}*COUNTA({key})"


def cover_lines(raw: Mapping[str, Any]) -> str:
    """The lines of the cover's drawn form: two sheets beside each other, each with 已填/应填."""
    groups: dict[str, list[Requirement]] = {}
    for found in read_requirements(raw):
        if not found.form and not found.forms_of:
            groups.setdefault(found.sheet, []).append(found)
    cells = [f"{sheet} | {{{shown_count(tuple(of))}}}" for sheet, of in groups.items()]
    rows = [[*cells[i : i + _PER_ROW], " | "][:_PER_ROW] for i in range(0, len(cells), _PER_ROW)]
    return "\n".join(f"表@20> . | {' | '.join(row)}" for row in rows)
