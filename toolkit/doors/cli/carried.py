"""`jixiao new --from` (过录): this year's form with what last year's return gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.doors.cli.options import print_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack


def write_carried(last: Path, target: Path, pack: Pack, form: str, *, as_json: bool) -> None:
    """`jixiao new --from`: this year's form with what last year's return gives."""
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import keep_input, write_file
    from toolkit.pipeline import check_unit
    from toolkit.publishing.returning import carried_json, carried_workbook
    from toolkit.unit.returning import carry_over

    keep_input(target, [last])
    before = check_unit(last)
    carry = carry_over(before.unit, pack)
    write_file(target, carried_workbook(carry, form))
    if as_json:
        print_json(carried_json(carry) | {"output": str(target)}, one_line=False)
        return
    if before.pack.year != pack.year - 1:
        told = f"注意：带来的是 {before.pack.year} 年度的数，这里是 {pack.year} 年度的填报表。"
        show_message(f"{told}今年的规则包请用 --pack 或 --year 指定。", "yellow")
    show_message(f"已从 {last.name} 带来 {len(carry.carried)} 格（标了浅蓝色，列在“过录清单”），本年的数空着。")
    show_message(f"已生成填报表：{target}")
