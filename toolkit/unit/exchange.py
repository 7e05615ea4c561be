"""JSON of one unit (数据交换): `jixiao fill` reads it, `jixiao export` writes it, lossless both ways.

A missing key is an empty cell, 0 is a zero. Unknown keys are refused by name, nearest one suggested.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Datum, Kind
from toolkit.core.errors import UsageError
from toolkit.core.findings import CellRef
from toolkit.core.model import Cell, Row, Section, UnitReturn
from toolkit.core.money import from_float, is_plausible, parse_plain, read_number_text
from toolkit.core.words import as_text, suggested
from toolkit.unit.cells import read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.core.dictionary import NameSpace, TableSpec
    from toolkit.core.model import Content
    from toolkit.pack import Pack

MAX_TEXT = 32767

_MOST_WHOLE = 2**53  # beyond it not every whole number is a number of JSON; a cell has 15 digits anyway

_TOP = ("pack", "fields", "tables", "project_forms", "explanations", "explained_for")

_FORM = ("kind", "fields", "tables")

_NOWHERE = CellRef("", "")


def parse_json(text: str) -> dict[str, Any]:
    """Read JSON text with exact numbers.

    Raises:
        UsageError: no JSON object, or a key given twice; the message says where.
    """
    try:
        found = json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_no_repeats,
        )
    except json.JSONDecodeError as error:
        raise UsageError(f"不是 JSON，或者写法有误：读到第 {error.lineno} 行第 {error.colno} 列读不下去。") from None
    except RecursionError:
        raise UsageError("JSON 嵌套过深，无法读取。") from None
    if not isinstance(found, dict):
        raise UsageError("JSON 最外层应是一个对象 {…}。")
    return found


def _no_constant(word: str) -> None:
    raise UsageError(f"JSON 里有不能用的数：{word}。")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [k for k, _ in pairs]
        raise UsageError(f"JSON 里有重复的键：{next(k for k in keys if keys.count(k) > 1)}。")
    return found


def unit_from_json(data: Mapping[str, Any], pack: Pack) -> UnitReturn:
    """Turn JSON data into a return without cells.

    Raises:
        UsageError: unknown keys or wrong shapes; every one of them is listed.
    """
    problems: list[str] = []
    _known_keys(data, _TOP, "", problems)
    book = _section(data, pack.dictionary.book, "", problems)
    forms = [
        _section(f, _space(f, pack, f"project_forms[{i}].", problems), f"project_forms[{i}].", problems)
        for i, f in enumerate(_list_of(data, "project_forms", "", problems))
    ]
    for i, form in enumerate(_list_of(data, "project_forms", "", [])):
        _known_keys(form, _FORM, f"project_forms[{i}].", problems)
    explanations = _by_rule(data, "explanations", pack, problems)
    explained_for = _by_rule(data, "explained_for", pack, problems)
    if problems:
        raise UsageError("数据不能填入：\n" + "\n".join(f"  · {p}" for p in problems))
    return UnitReturn(pack.id, book, tuple(forms), explanations, explained_for)


def _space(data: Mapping[str, Any], pack: Pack, where: str, problems: list[str]) -> NameSpace:
    """Which kind of form the data are for; the first where none is said."""
    known, told = pack.dictionary, data.get("kind", pack.dictionary.form.kind)
    if told not in [form.kind for form in known.forms]:
        problems.append(f"{where}kind：没有“{told}”这一种表，有：{'、'.join(form.kind for form in known.forms)}。")
    return known.kind(told)


def _known_keys(data: Mapping[str, Any], known: Iterable[str], where: str, problems: list[str]) -> None:
    names = list(known)
    problems += [f"{where}{k}：不认识这个键{suggested(k, names, look=' {}')}" for k in data if k not in names]


def _list_of(data: Mapping[str, Any], key: str, where: str, problems: list[str]) -> list[Mapping[str, Any]]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        problems.append(f"{where}{key}：应是对象的列表。")
        return []
    return found


def _mapping_of(data: Mapping[str, Any], key: str, where: str, problems: list[str]) -> Mapping[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, dict):
        problems.append(f"{where}{key}：应是一个对象。")
        return {}
    return found


def _by_rule(data: Mapping[str, Any], key: str, pack: Pack, problems: list[str]) -> dict[str, str]:
    found = _mapping_of(data, key, "", problems)
    _known_keys(found, {r.id for r in pack.rules}, f"{key}.", problems)
    problems += [f"{key}.{k}：应是文字。" for k, v in found.items() if not isinstance(v, str)]
    return {k: v for k, v in found.items() if isinstance(v, str) and v}


def _section(data: Mapping[str, Any], space: NameSpace, where: str, problems: list[str]) -> Section:
    given = _mapping_of(data, "fields", where, problems)
    _known_keys(given, space.fields, f"{where}fields.", problems)
    fields = {n: _cell(d, given.get(n), f"{where}fields.{n}", problems) for n, d in space.fields.items()}
    listed = _mapping_of(data, "tables", where, problems)
    _known_keys(listed, space.tables, f"{where}tables.", problems)
    tables = {n: tuple(_rows(spec, listed, f"{where}tables.", problems)) for n, spec in space.tables.items()}
    return Section(space, fields, tables)


def blank_section(space: NameSpace) -> Section:
    """A section in which nothing is filled."""
    return _section({}, space, "", [])


def _rows(spec: TableSpec, listed: Mapping[str, Any], where: str, problems: list[str]) -> Iterator[Row]:
    for index, row in enumerate(_list_of(listed, spec.name, where, problems)):
        place = f"{where}{spec.name}[{index}]."
        _known_keys(row, spec.columns, place, problems)
        cells = {c: _cell(d, row.get(c), f"{place}{c}", problems) for c, d in spec.columns.items()}
        yield Row(cells, spec.roles)


def _cell(datum: Datum, given: object, where: str, problems: list[str]) -> Cell:
    if isinstance(given, (dict, list)):
        problems.append(f"{where}：应是数字或文字。")
        return Cell(None, _NOWHERE)
    if isinstance(given, str) and len(given) > MAX_TEXT:
        problems.append(f"{where}：文字有 {len(given)} 字，一个单元格最多 {MAX_TEXT} 字。")
        return Cell(None, _NOWHERE)
    raw = raw_of(datum, given)
    return Cell(read_value(datum, raw)[0], _NOWHERE, raw)


def raw_of(datum: Datum, given: object) -> Content:
    """What to write into the cell for a JSON value."""
    if given is None or given == "":
        return None
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, (int, float)):
        given = Decimal(given) if isinstance(given, int) else from_float(given)
    if isinstance(given, Decimal) and given.is_finite():
        return given if datum.kind.is_number or datum.kind is Kind.MIXED else as_text(given)
    return _raw_text(datum, str(given))


def _raw_text(datum: Datum, text: str) -> Content:
    if datum.kind.is_number or datum.kind is Kind.MIXED:
        number = parse_plain(text)
        if number is None and datum.kind is Kind.RATE:
            read = read_number_text(text)
            number = read.number / 100 if read and read.unit == "%" and not read.sign else None
        return text if number is None else number
    if datum.kind is Kind.DATE:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return text
    return text


def unit_to_json(unit: UnitReturn) -> dict[str, Any]:
    """The JSON of a return: every cell that staff filled, form formulas left out."""
    found: dict[str, Any] = {"pack": unit.pack_id, **_section_json(unit.book)}
    if unit.forms:
        found["project_forms"] = [_section_json(form) for form in unit.forms]
    if unit.explanations:
        found["explanations"] = dict(unit.explanations)
    if unit.explained_for:
        found["explained_for"] = dict(unit.explained_for)
    return found


def _section_json(section: Section) -> dict[str, Any]:
    fields = {n: _json(c) for n, c in section.fields.items() if _given(c)}
    tables = {
        t: [{c: _json(v) for c, v in row.cells.items() if _given(v)} for row in rows]
        for t, rows in section.tables.items()
        if rows
    }
    kind = {"kind": section.space.kind} if section.space.told else {}
    return {**kind, "fields": fields, **({"tables": tables} if tables else {})}


def _given(cell: Cell) -> bool:
    return cell.raw is not None and not cell.formula


def _json(cell: Cell) -> object:
    # A number that no treasury has is judged as a text (T04), and goes on as the number it was;
    # one of more digits than JSON keeps, as the text of all of them.
    if isinstance(cell.raw, Decimal) and not (isinstance(cell.value, str) and is_plausible(cell.raw)):
        whole = cell.raw == cell.raw.to_integral_value() and abs(cell.raw) < _MOST_WHOLE
        if whole:
            return int(cell.raw)
        return float(cell.raw) if from_float(float(cell.raw)) == cell.raw else as_text(cell.raw)
    return as_text(cell.raw)
