"""设置 (settings): what each later room takes from a pack beside its names, forms and rules."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.pack.settings.auditing import audit_settings, required_data
    from toolkit.pack.settings.batch import BatchFigure, BatchSettings, batch_settings
    from toolkit.pack.settings.disclosure import DisclosureSettings, disclosure_settings
    from toolkit.pack.settings.prose import Concept, Outlined, ProseSettings, RateWords, SumRule, Topic, prose_settings
else:
    __getattr__ = hand_on(
        __name__,
        auditing="audit_settings required_data",
        batch="BatchFigure BatchSettings batch_settings",
        disclosure="DisclosureSettings disclosure_settings",
        prose="Concept Outlined ProseSettings RateWords SumRule Topic prose_settings",
    )
