"""A pack's TOML files as plain data (规则包文本): read, and every `${参数}` filled in."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from toolkit.dictionary import nearest
from toolkit.errors import PackError
from toolkit.scoring import ScoringSettings, grade_formula, grade_word_formula, score_formula

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
