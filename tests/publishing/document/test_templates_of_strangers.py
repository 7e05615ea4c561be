"""A pack comes from somebody else: its Word template can say what is there, and do nothing."""

from __future__ import annotations

import pytest

from toolkit.core.errors import PackError
from toolkit.publishing.document.template import DocumentTemplate

# What a template may try, one a line; each ends in a sentence about the template.
TRIED = """
{{ ''.__class__ }}
{{ ''.__class__.__mro__[1].__subclasses__() }}
{{ 单位|attr('__class__') }}
{{ '{0.__class__}'.format(1) }}
{{ 之和.__globals__ }}
{{ self.__dict__ }}
{{ cycler.__init__.__globals__ }}
{{ range(9) }}
{% include '/etc/passwd' %}
{% import 'os' as o %}{{ o }}
{% extends 'a' %}
{{ 项目|map('x')|list }}
{{ 单位() }}
{{ 1/0 }}
{{ 单位[::0] }}
{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}
{{ 单位|无此 }}
{{ 没有 }}
"""


@pytest.mark.parametrize("tried", TRIED.strip().splitlines())
def test_a_template_does_nothing(tried: str) -> None:
    with pytest.raises(PackError, match=r"[\u4e00-\u9fff]"):
        document(tried).render({"单位": "甲局", "项目": [{"名称": "某项目"}]})


def document(text: str) -> DocumentTemplate:
    return DocumentTemplate((), {"word/document.xml": f'<w:p xmlns:w="x">{text}</w:p>'}, lambda xml: xml)


def test_staff_text_is_no_template() -> None:
    """Tags that staff type are printed as they are, and markup is text."""
    made = document("{{ 单位 }}")._sealed({"单位": "{{ 7*7 }}{% raw %}</w:p><w:instrText>DDE</w:instrText>"})
    (text,) = made.values()
    assert "49" not in text
    assert "<w:instrText" not in text
