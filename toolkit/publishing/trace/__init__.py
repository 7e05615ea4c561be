"""溯源: where each figure comes from, as lines, comments and trees."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.trace.lines import Line, comment, document_lines, trace_rows, unit_lines
    from toolkit.publishing.trace.origin import SOURCE_KINDS, Source
    from toolkit.publishing.trace.trees import Tree, explain, explain_json
else:
    __getattr__ = hand_on(
        __name__,
        lines="Line comment document_lines trace_rows unit_lines",
        origin="SOURCE_KINDS Source",
        trees="Tree explain explain_json",
    )
