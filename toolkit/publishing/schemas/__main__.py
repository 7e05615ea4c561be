"""Write the published schemas anew: `python -m toolkit.publishing.schemas`."""

from pathlib import Path

from toolkit.publishing.schemas import PUBLISHED, published_schema

for name in PUBLISHED:
    Path(__file__).with_name(name).write_text(published_schema(name), "utf-8", newline="\n")
