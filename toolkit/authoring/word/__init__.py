"""Word 模板: made from a pack's outlines with python-docx, and checked as the office leaves them."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.authoring.word.document import build
    from toolkit.authoring.word.prints import check_document, check_outline
else:
    __getattr__ = hand_on(__name__, document="build", prints="check_document check_outline")
