"""规则维护: what a rule keeper asks of a pack as text: its shape, its rules on a page."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.authoring.keeping.difference import differences
    from toolkit.authoring.keeping.fresh import NewPack, new_pack, title_of
    from toolkit.authoring.keeping.pages import rule_list, rules_page
    from toolkit.authoring.keeping.replay import Replay, replay_returns
    from toolkit.authoring.keeping.roles import check_returns, check_roles, roles_untold
    from toolkit.authoring.keeping.shapes import check_identity, check_shapes
    from toolkit.authoring.keeping.trial import try_pack
else:
    __getattr__ = hand_on(
        __name__,
        difference="differences",
        fresh="NewPack new_pack title_of",
        pages="rule_list rules_page",
        replay="Replay replay_returns",
        roles="check_returns check_roles roles_untold",
        shapes="check_identity check_shapes",
        trial="try_pack",
    )
