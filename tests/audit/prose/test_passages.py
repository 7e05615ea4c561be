"""Passages (段落与其中的数): what the walks over them leave out has nothing to say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.prose.checks.changes.change import changes
from toolkit.audit.prose.checks.changes.directions import directions
from toolkit.audit.prose.reading import Paragraph, Report, grammar_of
from toolkit.audit.prose.reading.mentions import clause
from toolkit.audit.prose.reading.runs import runs
from toolkit.pack import default_pack, prose_settings

WORDS = [
    *("支出", "预算", "决算数", "比上年", "同比", "增加", "减少", "大于", "小于", "增加的原因是", "其中：", "合计"),
    *("由", "到", "占", "完成", "率", "甲", "的", "，", "。", "、", "；", "（", "）"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_a_passage_without_figures_says_nothing_of_figures(text: str) -> None:
    settings = prose_settings(default_pack())
    report = Report((Paragraph(1, text), Paragraph(2, f"{text}。{text}")), settings)
    grammar = grammar_of(settings)
    assert report.figured == ()
    for passage in report.passages:
        assert [*changes(passage, grammar), *directions(passage, grammar)] == []
    assert list(runs(report.passages, grammar)) == []


@given(st.text("甲乙，,；;。！？!?：:|、 12", max_size=30))
def test_the_last_clause_stands_behind_the_last_stop(text: str) -> None:
    assert clause(text) == text[max(map(text.rfind, "，,；;。！？!?：:|")) + 1 :]
