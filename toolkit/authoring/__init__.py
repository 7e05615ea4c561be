"""制作规则包 (authoring): builds and proves packs; the only room that writes through openpyxl and python-docx."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.authoring.build import build_pack, import_pack
    from toolkit.authoring.check import check_pack
    from toolkit.authoring.keeping import (
        NewPack,
        Replay,
        differences,
        new_pack,
        replay_returns,
        roles_untold,
        rule_list,
        rules_page,
        title_of,
        try_pack,
    )
    from toolkit.authoring.official import Named
else:
    __getattr__ = hand_on(
        __name__,
        build="build_pack import_pack",
        check="check_pack",
        keeping=(
            "NewPack Replay differences new_pack replay_returns roles_untold rule_list rules_page title_of try_pack"
        ),
        official="Named",
    )
