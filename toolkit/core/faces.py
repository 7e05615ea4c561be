"""Faces (门面): what a room hands on to the rooms above, loaded when it is first asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def hand_on(package: str, /, **modules: str) -> Callable[[str], object]:
    """A module `__getattr__` (PEP 562): `modules` gives for each file of `package` the names it hands on.

    Nothing is imported until a name is wanted: `jixiao --help` and one cold `check` load only what they use.
    """
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(f"{package}.{homes[name]}")
        # Python puts a file that is imported into its folder under its own name, over what is handed on by that name.
        for told in {name, homes[name]} & {n for n, module in homes.items() if module == homes[name]}:
            setattr(sys.modules[package], told, getattr(home, told))
        return getattr(home, name)

    return find
