"""读规则包: TOML of a pack and of the packs that it extends, as plain data."""

from typing import TYPE_CHECKING

from toolkit.core.faces import hand_on

if TYPE_CHECKING:
    from toolkit.pack.reading.chain import read_chain
    from toolkit.pack.reading.dropping import drawn_without
    from toolkit.pack.reading.required import Requirement, cover_lines, read_requirements
    from toolkit.pack.reading.schema import FILES, json_schema
    from toolkit.pack.reading.text import expand, level_parameters, load_toml, read_expanded
else:
    __getattr__ = hand_on(
        __name__,
        chain="read_chain",
        dropping="drawn_without",
        required="Requirement cover_lines read_requirements",
        schema="FILES json_schema",
        text="expand level_parameters load_toml read_expanded",
    )
