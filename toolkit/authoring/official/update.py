"""An edited workbook of a pack, brought up to date (就地更新): what its sheets have, and what they have lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.authoring.official.places import areas_on, relocated, unplaced
from toolkit.authoring.official.refit import Rules, refit
from toolkit.core.errors import PackError
from toolkit.core.light import replace
from toolkit.engines.xlsx import FileSource
from toolkit.pack import FORM_AUDIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from toolkit.core.model import Content
    from toolkit.pack import SheetForm

_SHOWN = 8


def brought_up_to_date(
    name: str, data: bytes, forms: Sequence[SheetForm], draw: Callable[[Sequence[SheetForm]], bytes]
) -> bytes:
    """The workbook with its own look, and everything else as `draw` makes it; `name` is what people call it.

    Raises:
        PackError: cells of the form have lost their names, or a sheet got another name.
    """
    source = FileSource(data)
    if problems := [*_renamed(forms, source), *_lost(forms, source)]:
        told = "\n".join(f"  · {problem}" for problem in problems)
        raise PackError(f"{name} 里找不到规则包要的格子，没有更新（加 --force 就照 forms.toml 重画）：\n{told}")
    placed, rules = [], {}
    for form in forms:
        if source.package.sheet(form.name) is None:
            placed.append(form)
            continue
        found = _below(source.values(form.name))
        areas = areas_on(form.name, form, source.package)
        rows = [*source.values(form.name), *(a.bottom for a in areas.values()), *([] if areas else [form.rows])]
        columns = [c for cells in source.values(form.name).values() for c in cells]
        moved = relocated(form, areas, found.first - 2 if found else max(rows, default=1))
        wide = max((*columns, len(form.widths), *(c.column for c in moved.cells)), default=1)
        placed.append(replace(moved, widths=(*form.widths, *[8.0] * (wide - len(form.widths)))))
        if found:
            rules[form.name] = found
    return refit(data, draw(placed), placed, rules)


def _below(rows: Mapping[int, Mapping[int, Content]]) -> Rules | None:
    """Where the rules stand that a form judges itself by."""
    first = next((row for row, cells in sorted(rows.items()) if set(FORM_AUDIT) <= set(cells.values())), None)
    if first is None:
        return None
    last = first
    while last + 1 in rows and 1 in rows[last + 1]:
        last += 1
    return Rules(first, last - first + 1)


def _renamed(forms: Sequence[SheetForm], source: FileSource) -> Iterator[str]:
    """A sheet that has another name now: its names went with it."""
    shared, scoped = source.names
    for form in forms:
        if source.package.sheet(form.name) is None:
            own = set(form.names())
            homes = [n for n, known in scoped.items() if own & known.keys()] if form.form else []
            homes += [shared[n].sheet for n in own if n in shared and not form.form]
            if homes:
                now = max(set(homes), key=homes.count)
                told = f"请把 forms.toml 里的 name 也改成“{now}”，或把工作表的名字改回去。"
                yield f"工作表「{form.name}」现在叫「{now}」；{told}"


def _lost(forms: Sequence[SheetForm], source: FileSource) -> Iterator[str]:
    found = list(unplaced(forms, source.package))
    for sheet in dict.fromkeys(sheet for sheet, _ in found):
        names = [name for where, name in found if where == sheet]
        more = f" 等 {len(names)} 个" if len(names) > _SHOWN else ""
        told = f"「{sheet}」没有 {'、'.join(names[:_SHOWN])}{more}"
        how = "选中它的格子（明细列选整列的格），在编辑栏左边的名称框里写上这个名称再建"
        yield f"{told}：{how}；不要了的，从规则包里去掉。"
