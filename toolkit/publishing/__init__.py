"""出表 (publish): the finished files of one unit."""

from typing import TYPE_CHECKING

from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from toolkit.publishing.page import PAGE_NAME, Bar, bars, html_page, link, table, unit_page
    from toolkit.publishing.public import PublicEdition, public_files, public_names
    from toolkit.publishing.result import check_json, result_file, result_json
else:
    __getattr__ = hand_on(
        __name__,
        page="Bar PAGE_NAME bars html_page link table unit_page",
        public="PublicEdition public_files public_names",
        result="check_json result_file result_json",
    )
