"""Returns that other programs and busy hands have changed (外来文件): nothing passes in silence, nothing is lost."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from repair_causes import causes
from samples import DEMO, check_bytes, filled_example

from toolkit.core.errors import UnreadableError
from toolkit.engines.xlsx.package import MAIN, open_package
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.engines.xlsx.writing.cells import patched
from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.engines.xlsx.zip import inflate
from toolkit.pipeline import make_files
from toolkit.publishing.workbooks.marks import pressed
from toolkit.unit.exchange import unit_to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.pipeline import Checked

MONEY, SCORES, NOTES = "收支情况", "整体自评表", "审核"
RAISED = '<rPr><vertAlign val="superscript"/></rPr>'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _part(sheet: str) -> str:
    found = open_package(filled_example(DEMO)).sheet(sheet)
    assert found is not None
    return found.part


def _changed(
    sheet: str, change: Callable[[str], str], *, more: Callable[[dict[str, bytes]], None] | None = None
) -> bytes:
    parts = inflate(filled_example(DEMO))
    before = parts[_part(sheet)].decode()
    parts[_part(sheet)] = change(before).encode()
    if more:
        more(parts)
    return write_parts(parts.items())


def _cell(xml: str, where: str, attributes: str, body: str) -> str:
    """The sheet with one cell replaced; its style stays."""
    made, count = re.subn(
        rf'<c r="{where}"((?: s="\d+")?)[^>]*?(?:/>|>.*?</c>)',
        lambda found: f'<c r="{where}"{found[1]}{attributes}>{body}</c>',
        xml,
        count=1,
        flags=re.DOTALL,
    )
    assert count == 1, where
    return made


def _with(sheet: str, *cells: tuple[str, str, str]) -> bytes:
    def change(xml: str) -> str:
        for where, attributes, body in cells:
            xml = _cell(xml, where, attributes, body)
        return xml

    return _changed(sheet, change)


def _rules(checked: Checked, where: str) -> set[str]:
    return {f.rule for f in checked.result.findings for c in f.cells if c.address == where}


def _computed_rows() -> tuple[str, ...]:
    return tuple(row.cells["得分"].ref.address for row in check_bytes(filled_example(DEMO)).unit.book.rows("指标"))


def test_a_formula_filled_down_over_the_forms_own_is_told() -> None:
    """C44 or T02: every cell of =I20 filled down, though only the first has a text."""
    places = _computed_rows()[:5]
    cells = [(places[0], "", f'<f t="shared" ref="{places[0]}:{places[-1]}" si="0">I{places[0][1:]}</f><v>5</v>')]
    cells += [(where, "", '<f t="shared" si="0"/><v>6</v>') for where in places[1:]]
    checked = check_bytes(_with(SCORES, *cells))
    assert all("T02" in _rules(checked, where) for where in places)
    changes = pressed(checked.source, checked.unit, checked.figures, checked.result, checked.pack).changes
    assert not {c.address for c in changes if c.sheet == SCORES} & set(places)


def test_a_formula_filled_down_past_the_last_row_is_told_once() -> None:
    """A score is looked at before its row is known to be one, and once more with the row."""
    cells = [(f"J{row}", "", "<f>I20</f><v>5</v>") for row in range(40, 43)]
    told = [f.cells[0].address for f in check_bytes(_with(SCORES, *cells)).result.findings if f.rule == "T02"]
    assert told == ["J40", "J41", "J42"]


def test_a_formula_dragged_to_another_row_is_told() -> None:
    first, second, *_ = _computed_rows()

    def dragged(xml: str) -> str:
        cell = re.search(rf'<c r="{second}".*?</c>', xml, re.DOTALL)
        assert cell is not None
        moved = cell[0].replace(f"{second[1:]}", first[1:]).replace(f'r="{first}"', f'r="{second}"')
        return xml.replace(cell[0], moved)

    assert "T02" in _rules(check_bytes(_changed(SCORES, dragged)), second)


@pytest.mark.parametrize("spelled", ["_xlfn.{0}", " {0} ", "{0}"])
def test_the_forms_own_formula_spelled_otherwise_is_own(spelled: str) -> None:
    where = _computed_rows()[0]
    text = FileSource(filled_example(DEMO)).formulas(SCORES)[where].text
    other = spelled.format(text.replace("IF(", "if (").replace("$", "")).replace("&", "&amp;").replace("<", "&lt;")
    shown = FileSource(filled_example(DEMO)).values(SCORES)[int(where[1:])][10]
    assert not _rules(check_bytes(_with(SCORES, (where, "", f"<f>{other}</f><v>{shown}</v>"))), where)


@pytest.mark.parametrize(
    ("attributes", "body", "rules"),
    [
        ("", "<f>8868300/10000</f><v></v>", {"T02"}),
        ("", "<f>8868300/10000</f><v>886.83</v>", set()),
        ("", "<v><![CDATA[886.83]]></v>", set()),
        (' t="e"', "<f>1</f><v>#SPILL!</v>", {"T01"}),
        (' t="e"', "<v>#GETTING_DATA</v>", {"T01"}),
        (' t="inlineStr"', "<v>886.83</v>", {"A21"}),
        ("", "<is><t>886.83</t></is>", {"A21"}),
        (' t="b"', "<v>1</v>", {"T04"}),
        ("", "<v>NaN</v>", {"T04"}),
        (' t="d"', "<v>2024-05-06</v>", {"T04"}),
        (' t="inlineStr"', "<is><t>886.83①</t></is>", {"T04"}),
        (' t="inlineStr"', f"<is><r><t>886.83</t></r><r>{RAISED}<t>1</t></r></is>", {"T04"}),
        (' t="inlineStr"', "<is><t>886.83²</t></is>", {"T04"}),
        (' t="inlineStr"', "<is><t>886½</t></is>", {"T04"}),
        (' t="inlineStr"', "<is><t>８８６．８３</t></is>", {"A21"}),
        (' t="inlineStr"', "<is><t>\u202d886.83\u202c</t></is>", {"A21", "T05"}),
        (' t="inlineStr"', "<is><t>\ufeff88\u200b6.\u00ad83\u2060</t></is>", {"A21", "T05"}),
    ],
)
def test_a_figure_is_read_or_told(attributes: str, body: str, rules: set[str]) -> None:
    checked = check_bytes(_with(MONEY, ("B5", attributes, body)))
    assert _rules(checked, "B5") & {"T01", "T02", "T04", "T05", "A21"} == rules
    read = checked.unit.book.fields["收支_本年收入"].value
    assert read == Decimal("886.83") or rules & {"T01", "T02", "T04"}


@pytest.mark.parametrize(
    ("attributes", "body"),
    [
        (' t="d"', "<v>2024-02-26T09:30:15.123</v>"),
        ("", "<f>NOW()</f><v>45348.395</v>"),
        *((' t="inlineStr"', f"<is><t>{text}</t></is>") for text in ("２０２４－２－２６", "2024年 2月 26日")),
        (' t="inlineStr"', "<is><t>2024/2/26 0:00:00</t></is>"),
    ],
)
def test_a_day_is_read_whatever_its_time(attributes: str, body: str) -> None:
    read = check_bytes(_with("封面", ("E7", attributes, body)))
    assert read.unit.book.fields["封面_填报日期"].value == dt.date(2024, 2, 26)
    assert not _rules(read, "E7")


@pytest.mark.parametrize(
    ("attributes", "body"),
    [
        (' t="str"', '<f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v>'),
        (' t="e" vm="1"', "<v>#VALUE!</v>"),
    ],
)
def test_a_picture_in_a_cell_is_no_text(attributes: str, body: str) -> None:
    assert "T01" in _rules(check_bytes(_with(SCORES, ("M20", attributes, body))), "M20")


@pytest.mark.parametrize(
    ("written", "read"), [("_xD83D__xDE00_", "😀"), ("_xD83D_", "\ufffd"), ("_xDE00_甲", "\ufffd甲")]
)
def test_halves_of_a_sign_are_one_or_none(written: str, read: str) -> None:
    checked = check_bytes(_with("封面", ("C8", ' t="inlineStr"', f"<is><t>{written}</t></is>")))
    assert checked.unit.book.fields["封面_填表人"].value == read
    assert make_files(checked)


def test_an_error_that_nobody_knows_yet_is_one() -> None:
    """T01: what Excel will call an error next year is no text."""
    checked = check_bytes(_with("封面", ("C8", ' t="e"', "<v>#NEW!</v>")))
    assert "T01" in _rules(checked, "C8")
    assert checked.unit.book.fields["封面_填表人"].value is None


def test_two_sheets_of_one_name_are_told() -> None:
    def twice(parts: dict[str, bytes]) -> None:
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
            'name="项目支出"'.encode(), 'name="收支情况"'.encode()
        )

    with pytest.raises(UnreadableError, match="同名"):
        check_bytes(_changed(MONEY, str, more=twice))


def test_a_cell_that_stands_twice_is_nobodys_to_choose() -> None:
    with pytest.raises(UnreadableError, match="B5 写了两遍"):
        check_bytes(_changed(MONEY, lambda xml: xml.replace("</v></c>", '</v></c><c r="B5"><v>900</v></c>', 1)))


@pytest.mark.parametrize("text", ["=收支情况!$B$5", "<!-- 注 -->'收支情况'!$B$5", "'收支情况'!$b$5:$b$5"])
def test_a_name_is_read_in_any_spelling(text: str) -> None:
    read = check_bytes(_renamed("收支_本年收入", f'<definedName name="收支_本年收入">{text}</definedName>'))
    assert read.result == check_bytes(filled_example(DEMO)).result


def _renamed(name: str, written: str) -> bytes:
    """The example with one name of the workbook written otherwise."""
    parts = inflate(filled_example(DEMO))
    book = re.sub(rf'<definedName name="{name}">[^<]*</definedName>', written, parts["xl/workbook.xml"].decode())
    return write_parts((parts | {"xl/workbook.xml": book.encode()}).items())


@pytest.mark.parametrize(
    ("scheme", "said"),
    [("utf-8", "utf-16"), ("utf-8", "gb2312"), ("gbk", "gb2312"), ("utf-16", "UTF-16"), ("utf-16-be", "utf-8")],
)
def test_what_a_part_holds_counts_and_not_what_it_says_of_itself(scheme: str, said: str) -> None:
    text = inflate(filled_example(DEMO))[_part(MONEY)].decode().partition("<worksheet")[2]
    made = f'<?xml version="1.0" encoding="{said}"?><worksheet{text}'.encode(scheme)
    parts = inflate(filled_example(DEMO)) | {_part(MONEY): made}
    assert check_bytes(write_parts(parts.items())).result == check_bytes(filled_example(DEMO)).result


def test_a_binary_workbook_is_told_how_to_save() -> None:
    parts = inflate(filled_example(DEMO))
    parts["xl/workbook.bin"] = bytes(10)
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"xl/workbook.bin")
    with pytest.raises(UnreadableError, match=r"xlsb.*另存为 \.xlsx"):
        open_package(write_parts(parts.items()))


@pytest.mark.parametrize("inner", ["", "<fonts/><cellXfs/>", "<dxfs/><extLst/>"])
def test_poor_styles_are_completed(inner: str) -> None:
    def poor(parts: dict[str, bytes]) -> None:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN[1:-1]}">{inner}</styleSheet>'.encode()
        sheets = {n: d for n, d in parts.items() if n.startswith("xl/worksheets/sheet")}
        parts |= {name: re.sub(rb' (?:s|dxfId)="\d+"', b"", data) for name, data in sheets.items()}

    made = make_files(check_bytes(_changed(MONEY, lambda xml: _cell(xml, "B5", "", "<v>1</v>"), more=poor)))
    assert not causes(made["审核反馈.xlsx"])


def test_the_odd_sign_and_the_unseen_sign_are_named() -> None:
    told = [
        f.message
        for body in ("36①", "\u202d36\u202c")
        for f in check_bytes(_with(MONEY, ("B5", ' t="inlineStr"', f"<is><t>{body}</t></is>"))).result.findings
        if f.rule in {"T04", "T05"}
    ]
    assert "“①”不能写在数里" in told[0]
    assert "看不见的符号（U+202D、U+202C）" in told[1]


@pytest.mark.parametrize("code", ["[h]:mm:ss", "B2yyyy", "[$-F800]dddd, mmmm dd, yyyy", "yyyy-mm-dd"])
def test_a_figure_under_a_format_of_dates_is_a_figure(code: str) -> None:
    def formats(parts: dict[str, bytes]) -> None:
        styles = parts["xl/styles.xml"].decode()
        count = len(re.findall(r"<xf ", styles[styles.index("<cellXfs") : styles.index("</cellXfs>")]))
        styles = styles.replace("</numFmts>", f'<numFmt numFmtId="199" formatCode="{code}"/></numFmts>')
        parts["xl/styles.xml"] = styles.replace("</cellXfs>", '<xf numFmtId="199" xfId="0"/></cellXfs>').encode()
        sheet = parts[_part(MONEY)].decode()
        parts[_part(MONEY)] = re.sub(r'(<c r="B5") s="\d+"', rf'\1 s="{count}"', sheet).encode()

    checked = check_bytes(_changed(MONEY, lambda xml: xml, more=formats))
    assert checked.unit.book.fields["收支_本年收入"].value == Decimal("886.83")
    assert not checked.result.findings


def test_an_error_outside_the_named_cells_is_told_at_its_cell() -> None:
    checked = check_bytes(_with(MONEY, ("C11", ' t="e"', "<f>1</f><v>#CALC!</v>")))
    assert _rules(checked, "C11") == {"T01"}


def test_strict_ooxml_is_told_how_to_save() -> None:
    parts = inflate(filled_example(DEMO))
    book = parts["xl/workbook.xml"]
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/workbook.xml"] = book.replace(space, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
    with pytest.raises(UnreadableError, match="另存为"):
        open_package(write_parts(parts.items()))


def test_two_fields_with_one_cell_are_told() -> None:
    parts = inflate(filled_example(DEMO))
    book = parts["xl/workbook.xml"].decode()
    other = re.search(r'<definedName name="收支_年初结转">([^<]*)<', book)
    assert other is not None
    moved = re.sub(r'(<definedName name="收支_本年收入">)[^<]*', rf"\g<1>{other[1]}", book)
    parts["xl/workbook.xml"] = moved.encode()
    with pytest.raises(UnreadableError, match=r"收支_年初结转.*收支_本年收入|收支_本年收入.*收支_年初结转"):
        check_bytes(write_parts(parts.items()))


def test_a_copy_serves_when_the_original_is_deleted() -> None:
    """Excel gives the copy names of its own; those of the deleted original point nowhere."""
    parts = inflate(filled_example(DEMO))
    book = parts["xl/workbook.xml"].decode()
    names = [s.name for s in open_package(filled_example(DEMO)).sheets]
    own = re.compile(rf"<definedName name=\"([^\"]+)\">('?{MONEY}'?![^<]+)</definedName>")
    copied = own.sub(
        lambda found: (
            f'<definedName name="{found[1]}">#REF!</definedName>'
            f'<definedName name="{found[1]}" localSheetId="{names.index(MONEY)}">{found[2]}</definedName>'
        ),
        book,
    )
    assert copied != book
    parts["xl/workbook.xml"] = copied.encode()
    assert check_bytes(write_parts(parts.items())).result == check_bytes(filled_example(DEMO)).result


def test_a_workbook_without_styles_gets_its_marks() -> None:
    def bare(parts: dict[str, bytes]) -> None:
        del parts["xl/styles.xml"]
        rels, types = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
        parts[rels] = re.sub(rb'<Relationship [^>]*styles\.xml"[^>]*/>', b"", parts[rels])
        parts[types] = re.sub(rb'<Override [^>]*/xl/styles\.xml"[^>]*/>', b"", parts[types])
        sheets = {n: d for n, d in parts.items() if n.startswith("xl/worksheets/sheet")}
        parts |= {name: re.sub(rb' s="\d+"', b"", data) for name, data in sheets.items()}

    checked = check_bytes(_changed(MONEY, lambda xml: _cell(xml, "B5", "", "<v>1</v>"), more=bare))
    package = open_package(make_files(checked)["审核反馈.xlsx"])
    assert package.related("styles") in package.parts
    assert b"jixiao-mark" in package.parts[_part(MONEY)]


MARK = '<cfRule type="expression" priority="1" stopIfTrue="1"><formula>LEN("jixiao-mark")&gt;0</formula></cfRule>'


@pytest.mark.parametrize("first", [True, False])
def test_only_our_own_rule_of_a_block_goes(first: bool) -> None:  # noqa: FBT001 - where our mark stands
    def grouped(xml: str) -> str:
        def with_mark(found: re.Match[str]) -> str:
            return found[1] + (MARK + found[2] if first else found[2] + MARK) + found[3]

        return re.sub(r"(<conditionalFormatting [^>]*>)(.*?)(</conditionalFormatting>)", with_mark, xml, count=1)

    checked = check_bytes(_changed(MONEY, grouped))
    before = filled_example(DEMO)
    made = open_package(make_files(checked)["审核反馈.xlsx"]).parts[_part(MONEY)]
    assert b"jixiao-mark" not in made
    assert made.count(b"<cfRule") == inflate(before)[_part(MONEY)].count(b"<cfRule")


def _own_sheet(parts: dict[str, bytes]) -> None:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = '<c r="A1" t="inlineStr"><is><t>本单位内部审核记录</t></is></c>'
    parts["xl/worksheets/sheet77.xml"] = (
        f'<worksheet xmlns="{space}"><sheetData><row r="1">{text}</row></sheetData></worksheet>'.encode()
    )
    entry = f'<sheet xmlns:r="{KINDS}" name="审核结果" sheetId="77" r:id="rIdFeedback"/></sheets>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", entry.encode())
    link = f'<Relationship Id="rIdFeedback" Type="{KINDS}/worksheet" Target="worksheets/sheet77.xml"/></Relationships>'
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", link.encode())


def test_a_units_own_sheet_stays() -> None:
    checked = check_bytes(_changed(MONEY, lambda xml: xml, more=_own_sheet))
    feedback = make_files(checked)["审核反馈.xlsx"]
    source = FileSource(feedback)
    assert source.values("审核结果")[1][1] == "本单位内部审核记录"
    assert "审核结果 (2)" in source.sheet_names
    again = FileSource(make_files(check_bytes(feedback))["审核反馈.xlsx"])
    assert again.sheet_names == source.sheet_names


def test_an_explanation_does_not_outlive_its_figures() -> None:
    """B29: 说明所指 is written although the program that saved the file left its cell out."""
    row = next(
        number for number, line in FileSource(filled_example(DEMO)).values(NOTES).items() if line.get(1) == "B29"
    )
    figures = _with("基础数据表", ("D12", "", "<v>2.9</v>"))
    parts = inflate(figures)
    notes = _cell(
        parts[_part(NOTES)].decode(), f"I{row}", ' t="inlineStr"', "<is><t>因统一安排接待增加，已报批。</t></is>"
    )
    parts[_part(NOTES)] = re.sub(r'<c r="K\d+"(?: s="\d+")?/>', "", notes).encode()
    checked = check_bytes(write_parts(parts.items()))
    assert any(f.explained for f in checked.result.findings if f.rule == "B29")
    feedback = make_files(checked)["审核反馈.xlsx"]
    assert FileSource(feedback).values(NOTES)[row][11]
    later = inflate(feedback)
    later[_part("基础数据表")] = _cell(later[_part("基础数据表")].decode(), "D12", "", "<v>3.1</v>").encode()
    assert not any(f.explained for f in check_bytes(write_parts(later.items())).result.findings if f.rule == "B29")


def test_a_list_of_calculated_cells_never_outlives_a_change() -> None:
    from toolkit.engines.xlsx.writing.cells import CellChange

    parts = inflate(filled_example(DEMO))
    chain = (
        '<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="J20" i="6"/></calcChain>'
    )
    parts["xl/calcChain.xml"] = chain.encode()
    rels, types = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
    link = f'<Relationship Id="rIdChain" Type="{KINDS}/calcChain" Target="calcChain.xml"/></Relationships>'
    parts[rels] = parts[rels].replace(b"</Relationships>", link.encode())
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    override = f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>'
    parts[types] = parts[types].replace(b"</Types>", override.encode())
    data = write_parts(parts.items())
    made = open_package(patched(data, open_package(data), [CellChange(MONEY, "B5", Decimal(1))]))
    assert "xl/calcChain.xml" not in made.parts
    assert b"calcChain" not in made.parts[rels] + made.parts[types]


def test_an_inserted_column_leaves_the_forms_own_headings_alone() -> None:
    """T03 asks nobody to delete what the form itself has printed."""
    parts = inflate(filled_example(DEMO))

    def right(found: re.Match[str]) -> str:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return f"{found[1]}{letters[letters.index(found[2]) + 1]}{found[3]}"

    sheet = parts[_part(MONEY)].decode()
    parts[_part(MONEY)] = re.sub(r'(<c r=")([B-Y])(\d+")', right, sheet).encode()
    book = parts["xl/workbook.xml"].decode()
    names = re.compile(rf"('?{MONEY}'?!)(\$[^<]+)")
    moved = names.sub(lambda found: found[1] + re.sub(r"(\$)([B-Y])(\$)", right, found[2]), book)
    parts["xl/workbook.xml"] = moved.encode()
    assert not [f for f in check_bytes(write_parts(parts.items())).result.findings if f.rule == "T03"]


@pytest.mark.parametrize(
    "area",
    ["#REF!", "'收支情况'!#REF!", "[1]收支情况!$B$5", "OFFSET(收支情况!$A$5,0,1)", "收支情况!$B$5,收支情况!$B$6"],
)
def test_a_name_that_leads_nowhere_is_served_by_the_labels(area: str) -> None:
    read = check_bytes(_renamed("收支_本年收入", f'<definedName name="收支_本年收入">{area}</definedName>'))
    assert read.unit.book == check_bytes(filled_example(DEMO)).unit.book
    assert read.result == check_bytes(filled_example(DEMO)).result


def test_labels_serve_no_cell_that_another_name_has() -> None:
    """A cell was deleted and those below moved up: the label stands, the figure beside it is another's."""
    moved = _renamed("收支_本年收入", "")
    parts = inflate(moved)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "'收支情况'!$B$6<".encode(), "'收支情况'!$B$5<".encode()
    )
    with pytest.raises(UnreadableError, match="收支_本年收入"):
        check_bytes(write_parts(parts.items()))


FORM = "项目自评表"


def _nameless(parts: dict[str, bytes], kept: str) -> None:
    """The names of project forms go, but those that `kept` finds."""
    text = parts["xl/workbook.xml"].decode()
    gone = re.findall(r'<definedName name="自评[^>]*localSheetId="\d+"[^>]*>[^<]*</definedName>', text)
    for name in gone:
        text = text.replace(name, "" if kept not in name else re.sub(r' localSheetId="\d+"', "", name))
    parts["xl/workbook.xml"] = text.encode()


@pytest.mark.parametrize("kept", ["!", f"'{FORM} (4)'", "none"])
def test_project_forms_without_their_names_are_read_by_their_labels(kept: str) -> None:
    """Exceljs keeps the names of the last form alone, and as names of the workbook; a sheet pasted anew has none."""
    parts = inflate(filled_example(DEMO))
    _nameless(parts, kept)
    read = check_bytes(write_parts(parts.items()))
    assert unit_to_json(read.unit) == unit_to_json(check_bytes(filled_example(DEMO)).unit)
    assert read.result == check_bytes(filled_example(DEMO)).result


def test_a_form_without_names_may_have_more_rows() -> None:
    parts = inflate(filled_example(DEMO))
    _nameless(parts, "none")
    place = _part(f"{FORM} (2)")
    xml = parts[place].decode()
    rows = re.findall(r'<row r="(\d+)"', xml)
    for row in sorted(map(int, rows), reverse=True):
        if row > 20:
            xml = re.sub(rf'(?<=r=")([A-Z]*){row}(?=")', rf"\g<1>{row + 2}", xml)
    parts[place] = xml.encode()
    form = check_bytes(write_parts(parts.items())).unit.forms[1]
    plain = check_bytes(filled_example(DEMO)).unit.forms[1]
    assert [r.cells["三级指标"].value for r in form.rows("自评指标")] == [
        r.cells["三级指标"].value for r in plain.rows("自评指标")
    ]


def test_a_form_that_is_nobodys_any_more_is_told() -> None:
    """A heading was typed over and the names are gone: nobody can say which cell is which."""
    parts = inflate(filled_example(DEMO))
    _nameless(parts, "none")
    place = _part(f"{FORM} (2)")
    parts[place] = parts[place].replace("项目名称".encode(), "名称".encode())
    told = check_bytes(write_parts(parts.items())).result.findings
    assert [f.cells[0].sheet for f in told if f.rule == "T03"] == [f"{FORM} (2)"]
