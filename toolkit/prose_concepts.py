"""What a figure is called (数的名目): the pack's concepts recognised in the words before a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from toolkit.prose_settings import Concept, ProseSettings

_TAIL = re.compile(
    r"(?:支出|资金|经费|费用|金额|开支|总额|决算|数|额|总计|合计|共计|累计|总|共|计|为|是|达到|达|完成|实际|执行|发生|"
    r"列支|人数|人员|在编|核定|现有|全年|本年|当年|20\d\d年|年度?|度|[“”‘’\"：:\s])*+"
    r"(?:主要用于[^，。；]{0,40}(?:总计|合计|共计|共))?"
)


_QUOTES = re.compile("[“”‘’\"']")


@dataclass(frozen=True, slots=True)
class Named:
    """The concept that a head names, the word used, and what stood before it."""

    concept: Concept
    word: str
    lead: str


def named(head: str, settings: ProseSettings, *, counts: bool) -> Named | None:
    """What the words before a figure call it; None for anything that is no concept of the pack.

    Residue in square brackets ([bookmark: …]) and quotation marks are looked through. Whatever is not
    plainly neutral (another unit's name, 用于, 比, 占) makes it somebody else's figure.
    """
    bare = _QUOTES.sub("", head.rpartition("]")[2])
    openings = settings.openings[counts]
    for start in _starts(bare, settings):
        if not openings.match(bare, start):
            continue
        for concept in settings.concepts:
            word = next((w for w in concept.words if bare.startswith(w, start)), "")
            if word and concept.counts == counts and _TAIL.fullmatch(bare, start + len(word)):
                return Named(concept, word, bare[:start])
    return None


def concept_of(head: str, settings: ProseSettings, *, counts: bool) -> Concept | None:
    """The concept alone."""
    found = named(head, settings, counts=counts)
    return found.concept if found else None


def _starts(head: str, settings: ProseSettings) -> Iterable[int]:
    """Where a concept may begin: after nothing, or after any run of neutral words."""
    starts = [0]
    place = 0
    while match := settings.lead.match(head, place):
        place = match.end()
        starts.append(place)
    return starts
