"""`fill` then `export` gives the same JSON back, and what cannot be filled is refused by name."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import DEMO, SEED, example

from toolkit.core.dictionary import Datum, Kind
from toolkit.core.errors import UsageError
from toolkit.core.model import TYPED_AS_TEXT
from toolkit.core.words import dump_json
from toolkit.doors.cli.app import cli
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.cells import read_value, without_invisible
from toolkit.unit.exchange import parse_json, unit_from_json, unit_to_json
from toolkit.unit.read import read_unit

if TYPE_CHECKING:
    from toolkit.core.dictionary import NameSpace

PACK = default_pack()


def there_and_back(data: dict[str, Any]) -> dict[str, Any]:
    """JSON → workbook → JSON."""
    book = fill_workbook(unit_from_json(data, PACK), PACK)
    return json.loads(dump_json(unit_to_json(read_unit(FileSource(book), PACK, "往返.xlsx"))))  # type: ignore[no-any-return]


def plain_json(data: dict[str, Any]) -> dict[str, Any]:
    """As `there_and_back` gives it: numbers as JSON numbers."""

    def number(value: Decimal) -> int | float:
        return int(value) if value == value.to_integral_value() else float(value)

    return json.loads(json.dumps(data, default=number, ensure_ascii=False))  # type: ignore[no-any-return]


def test_a_name_is_read_without_the_spaces_around_it() -> None:
    """A full-width space behind the unit's name would stand in its report and in the name of its folder."""
    field = PACK.dictionary.book.fields["封面_单位名称"]
    assert read_value(field, "\u3000示例县某局\u3000 ") == ("示例县某局", [])


@pytest.mark.parametrize("name", [SEED, DEMO])
def test_examples_come_back(name: str) -> None:
    data = example(name)
    assert there_and_back(data) == plain_json(data)


@pytest.mark.parametrize(
    "given",
    [10**400, -(10**400), "9" * 400, "-1e400", "1e999", 1e300, "9" * 20, "123456789012亿元"],
    ids=["whole", "below", "digits", "power", "longest", "float", "twenty", "units"],
)
def test_a_figure_that_no_treasury_has_comes_back(given: object) -> None:
    """T04, wherever it came from: a text to the audit, lost in no JSON, and no number that a sheet cannot hold."""
    field = "整体_全年执行数"
    data = example(DEMO)
    data["fields"][field] = given
    unit = unit_from_json(data, PACK)
    assert isinstance(unit.book.fields[field].value, str)
    again = unit_from_json(parse_json(dump_json(unit_to_json(unit))), PACK)
    assert again.book.fields[field].value == unit.book.fields[field].value
    filled = read_unit(FileSource(fill_workbook(unit, PACK)), PACK, "填报表.xlsx")
    assert isinstance(filled.book.fields[field].value, str)  # of 20 digits a cell keeps 15
    assert read_value(PACK.dictionary.book.fields[field], filled.book.fields[field].raw)[1] == ["T04"]


# Text as a cell can hold it: no control characters (they are a finding, T05), nothing that reads as a
# number or an error value (that is no text any more).
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=30,
).filter(lambda t: not t.startswith("#") and not any(ch.isdigit() for ch in t))
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
MONEY = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.MONEY: MONEY | st.just("约30万") | st.just("1,234.5"),
    Kind.AREA: st.decimals(0, 10**6, places=3, allow_nan=False),
    Kind.COUNT: st.integers(0, 10**6),
    Kind.SCORE: st.decimals(0, 100, places=2, allow_nan=False),
    Kind.RATE: st.decimals(0, 2, places=4, allow_nan=False),
    Kind.YEAR: st.integers(1990, 2099),
    Kind.DATE: st.dates(dt.date(1970, 1, 1), dt.date(2100, 12, 31)).map(str),
    Kind.YESNO: st.sampled_from(["是", "否"]),
    Kind.MIXED: MONEY | st.sampled_from(["≥95%", "完成", "12月底前"]),
    Kind.TEXT: WORDS | st.sampled_from(["001", "0731-1234567"]),
    Kind.LONG: LINES,
    # Signs that nobody sees make no other choice: they are taken out of one, and nothing else is.
    Kind.CHOICE: WORDS.map(without_invisible).filter(bool),
}
ROOM = {"指标": 4, "自评指标": 4}


def cells(data: dict[str, Datum]) -> st.SearchStrategy[dict[str, Any]]:
    kinds = {name: VALUES[datum.kind] for name, datum in data.items() if not datum.computed}
    return st.fixed_dictionaries({}, optional=kinds)


def section(space: NameSpace) -> st.SearchStrategy[dict[str, Any]]:
    tables = {
        name: st.lists(cells(dict(spec.columns)).filter(bool), min_size=1, max_size=ROOM.get(name, 3))
        for name, spec in space.tables.items()
    }
    return st.fixed_dictionaries({"fields": cells(dict(space.fields))}, optional={}).flatmap(
        lambda found: st.fixed_dictionaries({}, optional=tables).map(
            lambda rows: found | ({"tables": rows} if rows else {})
        )
    )


RETURNS = section(PACK.dictionary.book).flatmap(
    lambda book: st.lists(
        section(PACK.dictionary.form).filter(lambda f: bool(f["fields"] or f.get("tables"))), max_size=2
    ).map(lambda forms: {"pack": PACK.id, **book} | ({"project_forms": forms} if forms else {}))
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(RETURNS)
def test_any_return_comes_back(data: dict[str, Any]) -> None:
    assert there_and_back(data) == plain_json(data)


def test_blank_is_not_zero() -> None:
    back = there_and_back({"pack": PACK.id, "fields": {"基础_出国经费_本年决算数": 0}})
    assert back["fields"] == {"基础_出国经费_本年决算数": 0}


def test_a_number_beyond_all_bounds_comes_back() -> None:
    """A slip of the finger is a finding, not a reason to stop: no whole number of JSON has 31 digits."""
    back = there_and_back({"pack": PACK.id, "fields": {"基础_出国经费_本年决算数": 10**30}})
    assert back["fields"] == {"基础_出国经费_本年决算数": 1e30}


@pytest.mark.parametrize("given", ["12345678901234567890.12", "1234567890.123456789", "0.12345678901234567"])
def test_no_digit_is_lost_in_a_cell(given: str) -> None:
    """A number of a sheet keeps fifteen digits: what has more stands there as a text, is read exactly or told (T04)."""
    data = example(DEMO)
    data["fields"]["收支_本年收入"] = Decimal(given)
    unit = unit_from_json(data, PACK)
    read = read_unit(FileSource(fill_workbook(unit, PACK)), PACK, "长数.xlsx")
    assert str(read.book.fields["收支_本年收入"].value) == given
    assert [n.kind for n in read.notes] in (["T04"], [TYPED_AS_TEXT])


@pytest.mark.parametrize("name", [SEED, DEMO])
def test_through_the_command_line(name: str, tmp_path: Path) -> None:
    source = tmp_path / "某单位 数据.json"
    source.write_text(dump_json(plain_json(example(name))), "utf-8")
    runner = CliRunner()
    assert runner.invoke(cli, ["fill", str(source)], standalone_mode=False).exception is None
    assert (
        runner.invoke(cli, ["export", str(source.with_suffix(".xlsx")), "-o", str(tmp_path / "回.json")]).exit_code == 0
    )
    assert json.loads((tmp_path / "回.json").read_text("utf-8")) == json.loads(source.read_text("utf-8"))


REFUSED = [
    ('{"fields": {"整体_全年执行": 1}}', "整体_全年执行数"),
    ('{"field": {}}', "fields"),
    ('{"fields": []}', "fields：应是一个对象"),
    ('{"tables": {"项目": {}}}', "应是对象的列表"),
    ('{"tables": {"项目": [{"名": "甲"}]}}', r"tables\.项目\[0\]\.名"),
    ('{"fields": {"封面_单位名称": ["甲"]}}', "封面_单位名称：应是数字或文字"),
    ('{"explanations": {"A99": "x"}}', "A99"),
    ('{"fields": {"整体_全年执行数": NaN}}', "NaN"),
    ('{"fields": {}, "fields": {}}', "重复"),
    ('{"fields": {', "第 1 行"),
    ("[]", "一个对象"),
    ("[" * 100_000, "嵌套过深|JSON"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        unit_from_json(parse_json(text), PACK)


def test_more_rows_than_the_form_holds() -> None:
    data = {"tables": {"所属单位": [{"名称": f"站{i}"} for i in range(500)]}}
    with pytest.raises(UsageError, match="500 行"):
        fill_workbook(unit_from_json(data, PACK), PACK)


@pytest.mark.slow
def test_same_bytes_whatever_was_loaded_before() -> None:
    """Other libraries register XML prefixes of their own; ours must not follow them."""
    script = (
        "import sys, hashlib\nsys.path.insert(0, {tests!r})\n{first}\n"
        "from samples import DEMO, SEED, check_data, example, filled_example\n{second}\n"
        "from toolkit.pipeline import make_files\n"
        "made = [filled_example(DEMO), *make_files(check_data(example(DEMO))).values()]\n"
        "print([hashlib.sha256(m).hexdigest() for m in made])\n"
    )
    told = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                script.format(tests=str(Path(__file__).parents[1] / "support"), first=first, second=second),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for first, second in (("", ""), ("import openpyxl, docx", ""), ("import docxtpl", "filled_example(SEED)"))
    }
    assert len(told) == 1


# A cell has 15 digits: these are the last below 2⁵³ and the first above it.
WHOLE = [
    (9007199254740990, int),
    (9007199254741000, float),
    (-9007199254740990, int),
    (-9007199254741000, float),
    (-1e30, float),
]


@pytest.mark.parametrize(("number", "kind"), WHOLE)
def test_whole_numbers_of_json(number: float, kind: type) -> None:
    """Below 2⁵³ a whole number is written as one; beyond, every reader rounds it, and no 64 bits hold it."""
    unit = unit_from_json({"pack": PACK.id, "fields": {"基础_出国经费_本年决算数": number}}, PACK)
    found = unit_to_json(unit)["fields"]["基础_出国经费_本年决算数"]
    assert (found, type(found)) == (number, kind)
    assert json.loads(dump_json(found)) == number
