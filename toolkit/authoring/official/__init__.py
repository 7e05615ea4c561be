"""官方表: workbooks that are the source of their own look. Rules and lists are brought up to date in them, in place."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.authoring.official.importing import Imported, import_form
    from toolkit.authoring.official.naming import Ask, Named
    from toolkit.authoring.official.update import brought_up_to_date
else:
    __getattr__ = hand_on(__name__, importing="Imported import_form", naming="Ask Named", update="brought_up_to_date")
