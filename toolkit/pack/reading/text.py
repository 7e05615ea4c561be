"""A pack's TOML files as plain data (规则包文本): read, and every `${参数}` filled in."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.kept import kept
from toolkit.core.money import MONEY_UNITS
from toolkit.core.patterns import late
from toolkit.pack.reading.own_names import EXECUTION_MARK, EXECUTION_ROW, FORM_NAME, chart_name
from toolkit.pack.reading.schema import FILES, misread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_CHART_HEAD_ROW = 4  # the execution rate stands below it, then the levels

_PLACEHOLDER = late(r"\$\{([^}]+)\}")


def load_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file, once per version of it; UTF-8 with or without a mark, or GBK as old editors save it.

    Raises:
        PackError: missing, not TOML, or with keys that nobody reads; names file and line.
    """
    try:
        stat = path.stat()
    except OSError:
        raise PackError(f"规则包里缺少文件 {path}。") from None
    return _loaded(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _loaded(path: Path, *_version: int) -> dict[str, Any]:
    data = path.read_bytes()
    tree: dict[str, Any] = kept().once("toml", (path.name, sha256(data).digest()), lambda: _parsed(data, path))
    return tree


def _parsed(data: bytes, path: Path) -> dict[str, Any]:
    import tomllib

    text = _decoded(data, path)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{path} {_told(str(error))}") from None
    except (ValueError, RecursionError):  # Python reads no whole number of thousands of digits, nor that many brackets
        raise PackError(f"{path}：有一个数长得读不了，或括号套得太深。") from None
    if path.name in FILES and (problems := list(misread(path.name, tree, text))):
        raise PackError(f"{path.parent}：" + "\n".join(problems))
    return tree


def _decoded(data: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).replace("\r\n", "\n")
        except UnicodeDecodeError:
            continue
    raise PackError(f"{path} 既不是 UTF-8 也不是 GBK 编码，请用记事本另存为 UTF-8。")


_AT = late(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_REASONS = {
    "Cannot overwrite a value": "同一项写了两次",
    "Cannot declare": "同一段写了两次",
    "Unclosed": "括号没有配对",
    "Illegal character": "引号没有配对，或有多余的字",
    "Invalid value": "等号右边写得不对：文字要加引号，几项要用 [ ] 括起来",
    "Expected '='": "少了等号",
    "Expected newline": "一行只能写一项，或引号没有配对",
    "Invalid statement": "这一行看不懂：应是 名称 = 值，或 [段名]；名称里有汉字的要加引号",
    "Unterminated": "引号没有配对",
    "Unescaped": "反斜杠的写法不对，请改用单引号",
    "Expected": "引号或括号没有配对",
}


def _told(error: str) -> str:
    """第 12 行第 3 个字符：少了等号."""
    where = _AT.search(error)
    place = f"第 {where[1]} 行第 {where[2]} 个字符" if where and where[1] else "末尾"
    reason = next((told for start, told in _REASONS.items() if start in error), "写法有误")
    return f"{place}：{reason}。"


def read_expanded(path: Path, find: Callable[[str], str]) -> dict[str, Any]:
    """Read one TOML file with its parameters filled in."""
    expanded: dict[str, Any] = expand(load_toml(path), find)
    return expanded


def expand(value: Any, find: Callable[[str], str]) -> Any:  # noqa: ANN401 - TOML tree
    """Put `find(参数)` in the place of every `${参数}` of a TOML tree."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda m: find(m[1]), value)
    if isinstance(value, dict):
        return {k: expand(v, find) for k, v in value.items()}
    if isinstance(value, list):
        return [expand(v, find) for v in value]
    return value


def level_parameters(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that follow from `[weights]`: the sentence of the points, and the rows of the score chart."""
    weights, told = raw["weights"], raw["parameters"]
    execution = told[EXECUTION_MARK]
    sentence = "、".join(f"{level} {points} 分" for level, points in weights.items())
    rows = [expand(told[EXECUTION_ROW], lambda name: str(told[name]))] if execution else []
    rows += [f"表> {n} | {p} | {{{chart_name(n)}}}:score" for n, p in weights.items()]
    last = _CHART_HEAD_ROW + len(rows)
    return {
        "分值说明": f"{sentence}，预算执行率 {execution} 分",
        "一级指标行": "\n".join(rows),
        "一级指标末行": last,
        "预算执行头行": last + 3,  # a blank row and the head above
        "预算执行首行": last + 4,
        "预算执行末行": last + 6,
    }


def form_parameters(plain: Mapping[str, Any]) -> dict[str, str]:
    """`${表样名称}` is what `[pack] form_name` says, else its title."""
    return {FORM_NAME: plain["pack"].get("form_name", plain["pack"]["title"])}


def year_parameters(plain: Mapping[str, Any], path: Path) -> dict[str, int]:
    """`${年度}` and `${上年}` are what `[pack] year` says."""
    year = int(plain["pack"]["year"])
    told = plain["parameters"].get("年度", year)
    if told != year:
        raise PackError(
            f"{path / 'pack.toml'}：[pack] year 是 {year}，[parameters] 年度却是 {told}；年度不用写，会照 year 填。"
        )
    return {"年度": year, "上年": year - 1}


def money_parameters(plain: Mapping[str, Any], path: Path) -> dict[str, str]:
    """`${金额单位}` is what `[pack] unit` says; project forms may count in another unit."""
    unit = plain["pack"]["unit"]
    for told, where in ((unit, "[pack] unit"), (plain["parameters"].get("项目金额单位", unit), "项目金额单位")):
        if told not in MONEY_UNITS:
            raise PackError(f"{path / 'pack.toml'} {where}：金额单位“{told}”不认识，可写{'、'.join(MONEY_UNITS)}。")
    return {"金额单位": unit, "项目金额单位": unit}
