"""文字核对: figures in prose, read and held against each other and against the tables."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.audit.prose.proofread import SCHEMA, Proofread, proofread_file
    from toolkit.audit.prose.reading import Judged, Numbering, Paragraph, ProseFinding, bad, good, is_contents, quote
else:
    __getattr__ = hand_on(
        __name__,
        proofread="Proofread SCHEMA proofread_file",
        reading="Judged Numbering Paragraph ProseFinding bad good is_contents quote",
    )
