"""Light modules (轻装): what a module is made of, without what Python pays for it while it loads.

Faces (门面) are what a room hands on to the rooms above, loaded when it is first asked for.

Data classes are made by msgspec instead of `dataclasses`, which writes and compiles half a dozen functions for each:
the 120 of a cold `check` cost 70 ms, and now 8. Their values are made and compared several times faster, too. To
readers, to mypy and to the functions of `dataclasses` they are what they are called.
"""

from __future__ import annotations

import sys
from functools import cache, partial
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field, fields, replace

__all__ = ["dataclass", "field", "fields", "hand_on", "replace"]


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


if not TYPE_CHECKING:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True) -> object:
        """`dataclasses.dataclass`; a value without slots has room for cached properties."""
        made = partial(_made, frozen=frozen, slots=slots, eq=eq)
        return made if cls is None else made(cls)

    def field(*, default_factory: Callable[[], object]) -> object:
        """`dataclasses.field`."""
        from msgspec import field

        return field(default_factory=default_factory)

    def fields(one: object) -> tuple[object, ...]:
        """`dataclasses.fields`, of which only the names are asked."""
        return tuple(SimpleNamespace(name=name) for name in one.__struct_fields__)

    def replace(one: object, /, **changes: object) -> object:
        """`dataclasses.replace`."""
        from msgspec.structs import replace

        return replace(one, **changes)


def _made(cls: type, *, frozen: bool, slots: bool, eq: bool) -> type:
    record = _record()
    if issubclass(cls, record):  # made by its base already, in the same way
        return cls
    own = {name: found for name, found in vars(cls).items() if name not in {"__dict__", "__weakref__"}}
    bases = (record, *(base for base in cls.__bases__ if base is not object))
    make: Any = type(record)
    made: type = make(cls.__name__, bases, own, frozen=frozen, eq=eq, dict=not slots, weakref=not slots)
    return made


@cache
def _record() -> type:
    from msgspec import Struct

    class Record(Struct):
        """What all data classes are; `dataclasses.fields` and its like find in it what they look for."""

        __dataclass_fields__ = _Fields()

    return Record


class _Fields:
    """The fields of a class as `dataclasses` knows them, made when they are asked for."""

    def __get__(self, one: object, cls: type) -> object:
        return _fields(cls)


@cache
def _fields(cls: Any) -> object:  # noqa: ANN401 - a class of `_made`
    import dataclasses

    known = {"__annotations__": dict.fromkeys(cls.__struct_fields__, "object")}
    plain: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(type(cls.__name__, (), known))
    return plain.__dataclass_fields__
