"""Where packs are found (找规则包): with the toolkit, in the user's folder, in `JIXIAO_PACKS`, beside the workbooks."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.errors import PackError
from toolkit.core.kept import kept
from toolkit.core.words import nearest
from toolkit.pack.pack import load_pack, packs_home
from toolkit.pack.reading import PACK_FILE, load_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.pack.pack import Pack

SUPPLEMENT_NAME, PACKS_FOLDER = "规则增补.xlsx", "规则包"
_ABOVE = 4  # folders: the one of the workbooks, and some above it


def _homes(near: Path | None) -> Iterator[Path]:
    """Where packs may stand: with the toolkit, in `JIXIAO_PACKS`, in the user's folder, beside the workbooks."""
    yield packs_home()
    yield from (Path(place) for place in os.environ.get("JIXIAO_PACKS", "").split(os.pathsep) if place)
    own = os.environ.get("APPDATA")
    yield (Path(own) / "jixiao" if own else Path.home() / ".jixiao") / PACKS_FOLDER
    for start in (near, Path()):
        place = start.resolve() if start else None
        yield from ((p / PACKS_FOLDER) for p in ((place, *place.parents)[:_ABOVE] if place else ()))


def _folders(near: Path | None) -> dict[str, Path]:
    """Pack id or folder name → folder; what came with the toolkit cannot be put aside by a folder of the same name."""
    found: dict[str, Path] = {}
    for home in _homes(near):
        for file in sorted(home.glob("*/pack.toml")):
            found.setdefault(file.parent.name, file.parent)
            if home != packs_home():
                found.setdefault(str(load_toml(file).get("pack", {}).get("id", "")), file.parent)
    return found


def list_packs() -> list[Pack]:
    """Every pack that came with the toolkit."""
    return [load_pack(str(p.parent)) for p in sorted(packs_home().glob("*/pack.toml"))]


def own_packs() -> list[Pack]:
    """The office's own packs that every command finds."""
    shipped = {str(p.folder) for p in list_packs()}
    folders = dict.fromkeys(str(f.resolve()) for f in _folders(None).values())
    return [load_pack(folder) for folder in folders if folder not in shipped]


def find_pack(name: str, near: Path | None = None) -> Pack:
    """A pack by folder or by id, also from a folder 规则包 at or above `near`; an unknown id names the nearest one.

    Raises:
        PackError: no such pack, or its files contradict themselves.
    """
    folder = Path(name)
    if (folder / PACK_FILE).is_file():
        return _supplemented(str(folder.resolve()), near)
    if (packs_home() / name / PACK_FILE).is_file() and re.fullmatch(r"[\w.-]+", name):
        return _supplemented(str(packs_home() / name), near)
    known = _folders(near)
    if name in known:
        return _supplemented(str(known[name].resolve()), near)
    close = nearest(name, known)
    hint = f"您要用的是不是 {close}？" if close else f"现有：{'、'.join(sorted(known))}。"
    raise PackError(f"没有名为“{name}”的规则包。{hint}")


def _supplemented(folder: str, near: Path | None) -> Pack:
    """The pack with the 规则增补.xlsx that stands in its own folder, or with the packs that are found."""
    plain = load_pack(folder)
    for home in (plain.folder, *_homes(near)):
        path = home / SUPPLEMENT_NAME
        if path.is_file():
            from toolkit.pack.reading import read_supplement  # few have one, and it reads workbooks

            found = read_supplement(path, path.stat().st_mtime_ns)
            if found.pack == plain.id:
                return _proved(load_pack(folder, found))
            if home == plain.folder:
                raise PackError(f"{path} 写的适用规则包是“{found.pack}”，放在规则包 {plain.id} 的文件夹里，请核对。")
    return plain


def _proved(pack: Pack) -> Pack:
    """The pack, when what an office added to it can be judged."""
    from toolkit.pack.rule_texts import told_of

    added = pack.supplement.added if pack.supplement else ()
    problems = list(told_of((rule for rule in pack.rules if rule.id in added), pack.dictionary))
    if pack.supplement and problems:
        raise PackError(f"{pack.supplement.path}：{'；'.join(problems)}")
    return pack


def default_pack() -> Pack:
    """The pack that says `default = true`; without one the newest, and the first by id of one year.

    Which it is follows from the texts of all, and reading them costs a cold command 100 ms: so it is kept.
    """
    home = packs_home()
    texts = tuple((file.parent.name, sha256(file.read_bytes()).digest()) for file in sorted(home.glob("*/*.toml")))
    return load_pack(str(home / kept().once("default pack", texts, _usual)))


def _usual() -> str:
    packs = sorted(list_packs(), key=lambda p: (not p.raw["pack"].get("default"), -p.year, p.id))
    if not packs:
        raise PackError("没有找到任何规则包，请重新安装本工具。")
    return packs[0].folder.name
